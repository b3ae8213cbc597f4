//! `convenant clock`: shows or moves the clock of a demo that runs on this computer.
//!
//! Input: the address of the demo and a number of days. Output: the time afterwards, and what happened on the way.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Failure;
use crate::args::{Clock, ClockAct};
use crate::messages::say;
use crate::output::Output;
use crate::serve::address;

/// Moving a clock by a year takes its time.
const PATIENCE: Duration = Duration::from_secs(600);

/// The most that an answer holds.
const ANSWER: u64 = 64 * 1024;

/// `convenant clock`.
pub fn run(args: &Clock, out: &mut Output) -> Result<(), Failure> {
    let (method, path, body) = match args.act {
        ClockAct::Show => ("GET", "/v1/klok", None),
        ClockAct::Forward { days, weeks } => {
            let days = days + 7 * weeks;
            if days == 0 {
                return Err(Failure::Use(say!(out.messages, "clock-nothing")));
            }
            ("POST", "/v1/klok/vooruit", Some(json!({ "dagen": days })))
        }
    };
    let target = address(&args.listen, &out.messages)?;
    let (status, answer) = ask(target, method, path, body.as_ref()).map_err(|error| {
        Failure::Use(say!(
            out.messages,
            "clock-unreachable",
            address = &args.listen,
            why = error.to_string()
        ))
    })?;
    let answer: Value = serde_json::from_str(&answer).unwrap_or(Value::Null);
    if status != 200 {
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        let why = text("detail").or(text("title")).unwrap_or_default();
        return Err(Failure::Use(say!(
            out.messages,
            "clock-refused",
            status = u32::from(status),
            why = why
        )));
    }
    let day = answer.get("datum").and_then(Value::as_str);
    let day = day.and_then(crate::values::date);
    let day = day.map_or_else(String::new, |day| crate::words::date(day, &out.messages));
    out.line(&say!(out.messages, "clock-now", date = day))?;
    if let Some(done) = answer.get("gedaan") {
        let count = |key: &str| done.get(key).and_then(Value::as_u64).unwrap_or_default();
        out.line(&say!(
            out.messages,
            "clock-done",
            timers = count("wekkers"),
            digests = count("overzichten"),
            notices = count("meldingen")
        ))?;
    }
    Ok(())
}

/// One request and its answer: status and body.
fn ask(
    target: std::net::SocketAddr,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&target, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {target}\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()?;
    let mut answer = String::new();
    stream.take(ANSWER).read_to_string(&mut answer)?;
    let malformed = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(malformed)?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(malformed)?;
    Ok((status, body.to_owned()))
}
