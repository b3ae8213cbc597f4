//! Receivers of webhooks on a real socket, most of them bad.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a receiver does.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// Answers this, and closes.
    Answer(String),
    /// Reads the request and says nothing.
    Silent,
    /// Sends one header after another without end, slowly enough to look alive.
    Trickle,
    /// Answers 200 with a body that does not end.
    Endless,
    /// Reads the request and closes.
    Drops,
    /// Answers what is not HTTP.
    Babbles,
}

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Received {
    pub head: String,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

/// A running receiver; ends with the test's runtime.
pub struct Receiver {
    pub address: SocketAddr,
    pub received: Arc<Mutex<Vec<Received>>>,
    pub connections: Arc<AtomicUsize>,
    /// Bytes of an endless body that were taken.
    pub poured: Arc<AtomicUsize>,
}

impl Receiver {
    pub async fn start(behaviour: Behaviour) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Receiver {
            address: listener.local_addr().unwrap(),
            received: Arc::default(),
            connections: Arc::default(),
            poured: Arc::default(),
        };
        let (received, poured) = (receiver.received.clone(), receiver.poured.clone());
        let connections = receiver.connections.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(
                    stream,
                    behaviour.clone(),
                    received.clone(),
                    poured.clone(),
                ));
            }
        });
        receiver
    }

    /// One that answers with this status line and headers.
    pub async fn answering(status: &str, headers: &str) -> Receiver {
        let answer = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\n\r\n");
        Receiver::start(Behaviour::Answer(answer)).await
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?sleutel=geheim", self.address)
    }

    pub fn requests(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(
    mut stream: TcpStream,
    behaviour: Behaviour,
    received: Arc<Mutex<Vec<Received>>>,
    poured: Arc<AtomicUsize>,
) {
    let Some(request) = read(&mut stream).await else {
        return;
    };
    received.lock().unwrap().push(request);
    match behaviour {
        Behaviour::Answer(answer) => {
            let _ = stream.write_all(answer.as_bytes()).await;
        }
        Behaviour::Babbles => {
            let _ = stream.write_all(b"220 smtp.voorbeeld.nl\r\n\r\n").await;
        }
        Behaviour::Drops => {}
        Behaviour::Silent => {
            // Until the other side gives up.
            let _ = stream.read(&mut [0; 1]).await;
        }
        Behaviour::Trickle => {
            let mut alive = stream.write_all(b"HTTP/1.1 200 OK\r\n").await.is_ok();
            while alive {
                let mut gone = [0; 1];
                tokio::select! {
                    _ = stream.read(&mut gone) => return,
                    () = tokio::time::sleep(std::time::Duration::from_millis(20)) => {}
                }
                alive = stream.write_all(b"X-More: and more\r\n").await.is_ok();
            }
        }
        Behaviour::Endless => {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n";
            let mut alive = stream.write_all(head).await.is_ok();
            let block = vec![b'x'; 64 * 1024];
            while alive {
                alive = stream.write_all(&block).await.is_ok();
                poured.fetch_add(block.len(), Ordering::SeqCst);
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut block = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let request = Received {
                head: head.to_owned(),
                body: body.to_owned(),
            };
            let length: usize = request.header("content-length")?.parse().ok()?;
            if body.len() >= length {
                return Some(request);
            }
        }
        match stream.read(&mut block).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&block[..n]),
        }
    }
}
