//! Data that cannot be used: in use, not writable, from a newer version, a database that does not answer. Each time the program says what to
//! do, ends with 2, and changes nothing.

use std::path::Path;
use std::process::Command;

use convenant_tests::http::Request;
use convenant_tests::program::{Run, Server, command, run};

use super::contents::{contents, tamper};

fn serve(data: &Path) -> Run {
    let data = data.to_str().unwrap();
    run(["serve", "--data", data, "--listen", "127.0.0.1:0"])
}

fn refused(run: &Run, said: &[&str]) {
    assert_eq!(run.code, Some(2), "{}{}", run.output, run.errors);
    for part in said {
        assert!(run.errors.contains(part), "`{part}`: {}", run.errors);
    }
    assert!(!run.errors.contains("panicked"), "{}", run.errors);
}

#[test]
fn a_folder_in_use_by_another_process_stays_with_that_process() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let path = data.to_str().unwrap();
    let first = Server::demo(&data, 3);
    let address = first.address();
    refused(&serve(&data), &[path, "in gebruik", "--data"]);
    refused(
        &run(["demo", "--data", path, "--fill-only"]),
        &[path, "in gebruik"],
    );
    let answer = Request::get("/v1/convenanten").send(address).unwrap();
    assert_eq!(answer.status, 200, "the first one goes on");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bestand");
    std::fs::write(&file, "iets anders").unwrap();
    let path = file.to_str().unwrap();
    refused(&serve(&file), &[path, "niet worden geschreven", "--data"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "iets anders");

    let shut = folder.path().join("dicht");
    std::fs::create_dir(&shut).unwrap();
    let mode = |mode: &str| {
        let done = Command::new("chmod").arg(mode).arg(&shut).status();
        assert!(done.unwrap().success());
    };
    mode("555");
    if std::fs::write(shut.join("proef"), "").is_ok() {
        println!("the rights of a folder do not hold for this user (root): not tried");
        return;
    }
    let path = shut.to_str().unwrap();
    refused(&serve(&shut), &[path, "niet worden geschreven", "--data"]);
    assert_eq!(std::fs::read_dir(&shut).unwrap().count(), 0);
    mode("755");
}

#[test]
fn data_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let path = data.to_str().unwrap();
    let filled = run(["demo", "--data", path, "--cases", "3", "--fill-only"]);
    assert_eq!(filled.code, Some(0), "{}", filled.errors);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_toekomst', 0)";
    runtime.block_on(tamper(&data, newer));
    let all = || runtime.block_on(contents(&data, |_, _| false));
    let before = all();
    assert!(before["events"].len() > 10);
    refused(
        &serve(&data),
        &["m9999_toekomst", "nieuwere versie", "--data"],
    );
    refused(
        &run(["demo", "--data", path, "--fill-only"]),
        &["m9999_toekomst", "nieuwere versie"],
    );
    assert_eq!(all(), before);
}

#[test]
fn data_with_a_clock_of_their_own_are_not_served_in_real_time_nor_the_other_way_round() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let path = data.to_str().unwrap();
    let filled = run(["demo", "--data", path, "--cases", "3", "--fill-only"]);
    assert_eq!(filled.code, Some(0), "{}", filled.errors);
    refused(&serve(&data), &["eigen klok", "--rehearse", "--data"]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let rehearse = |day: &str| {
        let listen = ["--listen", "127.0.0.1:0"];
        let words = ["serve", "--data", path, "--rehearse", day];
        words
            .into_iter()
            .chain(listen)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let server = Server::start(rehearse("2018-05-02"));
    let answer = Request::get("/v1/klok").send(server.address()).unwrap();
    assert!(
        answer.text.contains("\"datum\":\"2019-03-15\"") && answer.text.contains("\"demo\":true"),
        "the clock goes on where the demo left it: {}",
        answer.text
    );
    server.kill();
    runtime.block_on(tamper(
        &data,
        "DELETE FROM settings WHERE name = 'demo.clock.offset'",
    ));
    refused(
        &run(rehearse("2018-05-02")),
        &["niet van een oefening", "--data"],
    );
}

#[test]
fn a_database_that_does_not_answer_is_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing listens on this port once it is given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let url = format!("postgres://convenant:wachtwoord@127.0.0.1:{port}/convenant");
    let done = command(["serve", "--database", &url, "--listen", "127.0.0.1:0"])
        .env("CONVENANT_MASTER_KEY", "0".repeat(64))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = Run {
        code: done.status.code(),
        output: String::from_utf8_lossy(&done.stdout).into_owned(),
        errors: String::from_utf8_lossy(&done.stderr).into_owned(),
    };
    refused(&said, &["antwoordt niet", "--database"]);
    assert!(!said.errors.contains("wachtwoord"), "{}", said.errors);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
