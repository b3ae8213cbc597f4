//! A server in this process: the three regions over SQLite in a temporary folder or over PostgreSQL, with a clock that stands still.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use convenant_engine::{Holidays, Moment, start_of_day};
use convenant_server::clock::{Clock, StillClock};
use convenant_server::http::router;
use convenant_server::regions::RegionFiles;
use convenant_server::serve::{AccountsFrom, Outward, Service, Terms, accounts};
use convenant_store::{Location, MasterKey, Store};
use serde_json::Value as Json;
use tempfile::TempDir;
use tower::ServiceExt;

pub const HOST: &str = "127.0.0.1:8080";

pub struct TestServer {
    pub router: Router,
    pub service: Service,
    pub store: Store,
    pub data: Data,
}

/// The database behind a server.
#[derive(Debug, Clone, Copy)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Where a server keeps what it has.
pub struct Data {
    pub folder: TempDir,
    pub location: Location,
}

impl Data {
    pub fn on(backend: Backend) -> Data {
        let folder = tempfile::tempdir().unwrap();
        let location = match backend {
            Backend::Sqlite => Location::Folder(folder.path().join("data")),
            Backend::Postgres => Location::Postgres {
                url: convenant_tests::postgres::server().database(),
                master: MasterKey::random().unwrap(),
            },
        };
        Data { folder, location }
    }
}

pub fn convenants() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../convenants")
}

/// Nine o'clock on this day (in winter time).
pub fn morning(day: &str) -> Moment {
    Moment(start_of_day(day.parse().unwrap()).0 + 9 * 3_600_000)
}

impl TestServer {
    pub async fn start(day: &str) -> TestServer {
        TestServer::start_on(Backend::Sqlite, day).await
    }

    pub async fn start_on(backend: Backend, day: &str) -> TestServer {
        TestServer::start_with(backend, day, RegionFiles::read_all(&convenants()).unwrap()).await
    }

    pub async fn start_with(backend: Backend, day: &str, files: Vec<RegionFiles>) -> TestServer {
        let data = Data::on(backend);
        // A month before: what is due once a day, or passes soon, has happened by then.
        let begin = Moment(morning(day).0 - 30 * 86_400_000);
        let server = TestServer::open(data, begin, files).await;
        server.service.worker.run_until(morning(day)).await.unwrap();
        server
    }

    pub async fn reopen(data: Data, now: Moment) -> TestServer {
        TestServer::open(data, now, RegionFiles::read_all(&convenants()).unwrap()).await
    }

    /// Stops; what it wrote stays.
    pub async fn close(self) -> Data {
        drop((self.service, self.router));
        self.store.close().await.unwrap();
        self.data
    }

    pub async fn open(data: Data, now: Moment, files: Vec<RegionFiles>) -> TestServer {
        let store = Store::open(data.location.clone()).await.unwrap();
        TestServer::over(store, data, now, files).await
    }

    /// Another node over the same store, with a memory of its own.
    pub async fn second_node(&self, files: Vec<RegionFiles>) -> TestServer {
        let data = Data {
            folder: tempfile::tempdir().unwrap(),
            location: self.data.location.clone(),
        };
        let now = self.service.clock.now();
        TestServer::over(self.store.clone(), data, now, files).await
    }

    /// Opens what is there with other days off, at this moment.
    pub async fn reopen_with(data: Data, now: Moment, holidays: Holidays) -> TestServer {
        let store = Store::open(data.location.clone()).await.unwrap();
        let files = RegionFiles::read_all(&convenants()).unwrap();
        let outward = Outward::folder(data.folder.path().join("mail"));
        TestServer::made(store, data, now, files, holidays, outward).await
    }

    /// The same server with other ways out.
    pub async fn with_outward(self, outward: Outward) -> TestServer {
        let files = RegionFiles::read_all(&convenants()).unwrap();
        self.with_files_and_outward(files, outward).await
    }

    /// The same server with these files and other ways out.
    pub async fn with_files_and_outward(
        self,
        files: Vec<RegionFiles>,
        outward: Outward,
    ) -> TestServer {
        let now = self.service.clock.now();
        TestServer::made(
            self.store,
            self.data,
            now,
            files,
            Holidays::dutch(),
            outward,
        )
        .await
    }

    async fn over(store: Store, data: Data, now: Moment, files: Vec<RegionFiles>) -> TestServer {
        let outward = Outward::folder(data.folder.path().join("mail"));
        TestServer::made(store, data, now, files, Holidays::dutch(), outward).await
    }

    async fn made(
        store: Store,
        data: Data,
        now: Moment,
        files: Vec<RegionFiles>,
        holidays: Holidays,
        outward: Outward,
    ) -> TestServer {
        let clock: Arc<dyn Clock> = Arc::new(StillClock::at(now));
        let service = Service::open(
            store.clone(),
            files,
            holidays,
            clock,
            outward,
            format!("http://{HOST}"),
            Terms::default(),
        )
        .await
        .unwrap();
        let accounts = accounts(&AccountsFrom::Roles, &service.cases).unwrap();
        let router = router(service.app(accounts, vec![HOST.to_owned()]));
        TestServer {
            router,
            service,
            store,
            data,
        }
    }

    /// A case that waits for the coordinator, with a deadline of ten working days.
    pub async fn registered(&self) -> String {
        let case = self.open_case().await;
        for deed in [
            serde_json::json!({ "feiten": eligible_facts() }),
            serde_json::json!({ "taak": "toestemming" }),
            serde_json::json!("gereed"),
        ] {
            self.act(&case, ALARMER, deed).await;
        }
        case
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.get_as(path, None).await
    }

    pub async fn get_as(&self, path: &str, account: Option<&str>) -> Answer {
        let mut request = Request::get(path).header("host", HOST);
        if let Some(account) = account {
            request = request.header("x-account", account);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, account: &str, body: Json) -> Answer {
        self.post_with(path, account, &[], body.to_string()).await
    }

    pub async fn post_with(
        &self,
        path: &str,
        account: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let mut request = Request::post(path)
            .header("host", HOST)
            .header("x-account", account);
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn put(&self, path: &str, account: &str, body: Json) -> Answer {
        let request = Request::put(path)
            .header("host", HOST)
            .header("x-account", account)
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    pub async fn delete(&self, path: &str, account: &str) -> Answer {
        let request = Request::delete(path)
            .header("host", HOST)
            .header("x-account", account);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Opens a case in Utrecht; gives its address.
    pub async fn open_case(&self) -> String {
        let answer = self
            .post(
                "/v1/convenanten/utrecht/zaken",
                ALARMER,
                serde_json::json!({}),
            )
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.headers["location"].to_str().unwrap().to_owned()
    }

    /// Does something with a case; must succeed.
    pub async fn act(&self, case: &str, account: &str, act: Json) -> Json {
        let body = serde_json::json!({ "doe": act });
        let answer = self
            .post(&format!("{case}/opdrachten"), account, body)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{act}: {}", answer.text);
        answer.json()
    }
}

pub const ALARMER: &str = "utrecht.aanmelder.leger-des-heils";
pub const COORDINATOR: &str = "utrecht.coordinator.het-vierde-huis";

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// Checks that it is a problem of this kind, and gives it.
    pub fn problem(&self, status: u16, kind: &str) -> Json {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let json = self.json();
        assert_eq!(
            json["type"],
            format!("urn:convenant:probleem:{kind}"),
            "{json}"
        );
        assert_eq!(json["status"], status);
        assert!(!json["detail"].as_str().unwrap().is_empty());
        json
    }
}

/// The facts of a client who is eligible in Utrecht.
pub fn eligible_facts() -> Json {
    serde_json::json!({
        "geboortedatum": "1980-03-01", "verblijf": "opvang", "herkomst": "Zeist", "inkomen": "€ 1.100",
        "schulden": "€ 0", "begeleiding-aanvaard": "ja", "einde-opvang": "2018-12-01", "netwerk": "Houten",
        "woonde-in-regio": [{"van": "2008-01-01"}]
    })
}
