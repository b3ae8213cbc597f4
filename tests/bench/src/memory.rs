//! Memory of the idle server with the demo's data: the whole process, as the operating system counts it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::measure::{Bench, Goal};

const LIMIT: u64 = 60_000_000;

pub fn run(bench: &mut Bench) -> Result<()> {
    if !bench.wants("memory") {
        return Ok(());
    }
    let binary = std::env::var_os("CONVENANT").map(PathBuf::from).context(
        "CONVENANT must name the release binary; `cargo xtask bench` builds it and sets this",
    )?;
    let folder = tempfile::tempdir()?;
    // The first process makes the data; the second one is a server that only has them.
    for measured in [false, true] {
        let mut server = Command::new(&binary)
            .args(["demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let output = server.stdout.take().context("the server has no output")?;
        let ready = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains("http://127.0.0.1:"));
        anyhow::ensure!(ready, "the demo ended before it listened");
        if measured {
            // Idle: after the workers' first round. A measurement may wait; a test would not.
            std::thread::sleep(Duration::from_secs(3));
            let status = std::fs::read_to_string(format!("/proc/{}/status", server.id()))?;
            let kilobytes: u64 = status
                .lines()
                .find_map(|line| line.strip_prefix("VmRSS:"))
                .and_then(|rest| rest.trim().strip_suffix("kB"))
                .context("no VmRSS in /proc")?
                .trim()
                .parse()?;
            bench.compare_sizes(
                "memory of the idle server with the demo's data",
                kilobytes * 1024,
                "limit",
                LIMIT,
                Goal::AtMost(1.0),
            );
        }
        server.kill()?;
        server.wait()?;
    }
    Ok(())
}
