//! One call of a server that runs on this computer.
//!
//! Input: an address, a method, a path, at most an account and a body. Output: the status, and the JSON of the answer.

use std::io::{Error, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use convenant_lang::Lang;
use serde_json::Value;

use crate::Failure;
use crate::messages::say;
use crate::output::{Output, tame};
use crate::serve::address;

/// Moving a clock by a year takes its time.
const PATIENCE: Duration = Duration::from_secs(600);

/// The most that an answer holds. One that is longer is an error, never a part of it.
const ANSWER: u64 = 64 * 1024 * 1024;

const JSON: &str = "application/json";

/// What is sent along.
#[derive(Debug, Clone, Copy)]
pub enum Sent<'a> {
    /// JSON.
    Json(&'a Value),
    /// A CSV, as it is.
    Csv(&'a [u8]),
}

/// A call. The path and the account hold nothing that ends a line.
pub struct Call<'a> {
    /// Where the server listens.
    pub target: SocketAddr,
    /// Method.
    pub method: &'a str,
    /// Path, with its query.
    pub path: &'a str,
    /// Who calls.
    pub account: Option<&'a str>,
    /// What is sent along.
    pub body: Option<Sent<'a>>,
}

impl Call<'_> {
    /// Makes it: the status, and the JSON of the answer, or null when it has none.
    pub fn answer(&self) -> std::io::Result<(u16, Value)> {
        let target = self.target;
        let mut stream = TcpStream::connect_timeout(&target, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let (kind, body) = match self.body {
            Some(Sent::Json(value)) => (JSON, value.to_string().into_bytes()),
            Some(Sent::Csv(bytes)) => ("text/csv", bytes.to_vec()),
            None => (JSON, Vec::new()),
        };
        let account = self.account.map(|id| format!("X-Account: {id}\r\n"));
        write!(
            stream,
            "{} {} HTTP/1.0\r\nHost: {target}\r\n{}Accept: {JSON}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.method,
            self.path,
            account.unwrap_or_default(),
            body.len()
        )?;
        stream.write_all(&body)?;
        stream.flush()?;
        let mut answer = String::new();
        stream.take(ANSWER).read_to_string(&mut answer)?;
        let malformed = || Error::from(ErrorKind::InvalidData);
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(malformed)?;
        let status = head.split(' ').nth(1);
        let status = status.and_then(|status| status.parse().ok());
        let status = status.ok_or_else(malformed)?;
        let body = match serde_json::from_str(body) {
            Ok(body) => body,
            // A refusal by something that is not our server may say anything.
            Err(_) if body.is_empty() || status >= 300 => Value::Null,
            Err(error) => return Err(error.into()),
        };
        Ok((status, body))
    }

    /// Makes it and gives the answer, or says why there is none. `listen` is the address as it was typed.
    pub fn answered(&self, listen: &str, out: &Output) -> Result<Value, Failure> {
        let (status, answer) = self
            .answer()
            .map_err(|error| unreachable(listen, &error, "call-unreachable", out))?;
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        Err(Failure::Use(say!(
            out.messages,
            "call-refused",
            status = u32::from(status),
            why = tame(said(&answer))
        )))
    }
}

/// That nobody answered, in the words of this message.
pub fn unreachable(listen: &str, error: &Error, id: &str, out: &Output) -> Failure {
    let why = error.to_string();
    Failure::Use(say!(out.messages, id, address = listen, why = why))
}

/// Reads what stands at a path.
pub fn fetch(
    listen: &str,
    path: &str,
    account: Option<&str>,
    out: &Output,
) -> Result<Value, Failure> {
    let call = Call {
        target: address(listen, &out.messages)?,
        method: "GET",
        path,
        account,
        body: None,
    };
    call.answered(listen, out)
}

/// The user's, for the server to answer in.
pub fn language(out: &Output) -> &'static str {
    match out.messages.lang() {
        Lang::Nl => "nl",
        Lang::En => "en",
    }
}

/// A field of an answer, as a table shows it.
pub fn cell(of: &Value, key: &str) -> String {
    match of.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// What a refusal says.
pub fn said(answer: &Value) -> &str {
    let text = |key: &str| answer.get(key).and_then(Value::as_str);
    text("detail").or(text("title")).unwrap_or_default()
}
