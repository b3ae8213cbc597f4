//! The smallest HTTP/1.1 client that tests of a server need: one request per connection.
//!
//! Input: address, method, path, headers, body. Output: an answer that arrived whole. Invariant: half an answer is an error, never
//! an answer: a server that is killed while it speaks has acknowledged nothing.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`.
    pub method: &'static str,
    /// From the slash on.
    pub path: String,
    /// Besides `Host` and `Content-Length`.
    pub headers: Vec<(&'static str, String)>,
    /// Body; may be empty.
    pub body: String,
}

impl Request {
    /// `GET` of a path.
    pub fn get(path: impl Into<String>) -> Request {
        Request {
            method: "GET",
            path: path.into(),
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// `POST` of JSON to a path.
    pub fn post(path: impl Into<String>, body: impl ToString) -> Request {
        Request {
            method: "POST",
            path: path.into(),
            headers: vec![("Content-Type", "application/json".to_owned())],
            body: body.to_string(),
        }
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Request {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends it and reads the whole answer.
    pub fn send(&self, to: SocketAddr) -> io::Result<Answer> {
        let mut stream = TcpStream::connect_timeout(&to, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let mut text = format!(
            "{} {} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.method,
            self.path,
            self.body.len()
        );
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(&self.body);
        // A server may refuse, and answer, before it has read everything.
        let written = stream.write_all(text.as_bytes());
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        match Answer::of(&answer) {
            Some(answer) => Ok(answer),
            None => Err(written
                .err()
                .or(read.err())
                .unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into())),
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    head: String,
    /// Body.
    pub text: String,
}

impl Answer {
    fn of(bytes: &[u8]) -> Option<Answer> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let answer = Answer {
            status: head.split(' ').nth(1)?.parse().ok()?,
            head: head.to_owned(),
            text: body.to_owned(),
        };
        let length: usize = answer.header("content-length")?.parse().ok()?;
        (body.len() == length).then_some(answer)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}
