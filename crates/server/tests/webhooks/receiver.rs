//! Receivers of webhooks on a real socket, most of them bad.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

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
#[derive(Clone)]
pub struct Receiver {
    pub address: SocketAddr,
    pub received: Arc<Mutex<Vec<Received>>>,
    /// The questions (`OPTIONS`) that came in.
    pub asked: Arc<Mutex<Vec<Received>>>,
    /// The headers of the answer to a question; none: it closes without an answer.
    pub consent: Arc<Mutex<Option<String>>>,
    pub connections: Arc<AtomicUsize>,
    /// Bytes of an endless body that were taken.
    pub poured: Arc<AtomicUsize>,
}

impl Receiver {
    /// Wants to be told by everybody.
    pub async fn start(behaviour: Behaviour) -> Receiver {
        Receiver::listen(behaviour, None).await
    }

    /// The same over TLS.
    pub async fn over_tls(behaviour: Behaviour, tls: TlsAcceptor) -> Receiver {
        Receiver::listen(behaviour, Some(tls)).await
    }

    async fn listen(behaviour: Behaviour, tls: Option<TlsAcceptor>) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let everybody = "WebHook-Allowed-Origin: *\r\nWebHook-Allowed-Rate: *\r\n";
        let receiver = Receiver {
            address: listener.local_addr().unwrap(),
            received: Arc::default(),
            asked: Arc::default(),
            consent: Arc::new(Mutex::new(Some(everybody.to_owned()))),
            connections: Arc::default(),
            poured: Arc::default(),
        };
        let accepting = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepting.connections.fetch_add(1, Ordering::SeqCst);
                let (one, behaviour, tls) = (accepting.clone(), behaviour.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => one.serve(stream, behaviour).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                one.serve(stream, behaviour).await;
                            }
                        }
                    }
                });
            }
        });
        receiver
    }

    /// What it answers from now on when it is asked whether it wants to be told.
    pub fn consents(&self, headers: Option<&str>) {
        *self.consent.lock().unwrap() = headers.map(str::to_owned);
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

    async fn serve(self, mut stream: impl AsyncRead + AsyncWrite + Unpin, behaviour: Behaviour) {
        let Some(request) = read(&mut stream).await else {
            return;
        };
        if request.head.starts_with("OPTIONS ") {
            let consent = self.consent.lock().unwrap().clone();
            self.asked.lock().unwrap().push(request);
            if let Some(headers) = consent {
                let answer =
                    format!("HTTP/1.1 200 OK\r\nAllow: POST\r\n{headers}Content-Length: 0\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
            return;
        }
        self.received.lock().unwrap().push(request);
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
                    self.poured.fetch_add(block.len(), Ordering::SeqCst);
                }
            }
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut block = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let request = Received {
                head: head.to_owned(),
                body: body.to_owned(),
            };
            let length: usize = request
                .header("content-length")
                .unwrap_or("0")
                .parse()
                .ok()?;
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
