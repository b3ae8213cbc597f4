//! One external command: printed, run, and its failure named.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};

/// A command to run in a folder (the workspace's by default).
pub struct Step {
    program: OsString,
    arguments: Vec<OsString>,
    folder: PathBuf,
    environment: Vec<(&'static str, PathBuf)>,
}

impl Step {
    /// A step that runs `program` with `arguments` in the workspace's folder.
    pub fn new<A: Into<OsString>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Self {
        Step {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            folder: workspace(),
            environment: Vec::new(),
        }
    }

    /// The same step with a path in its environment.
    pub fn with(mut self, name: &'static str, path: PathBuf) -> Self {
        self.environment.push((name, path));
        self
    }

    /// The same step in a folder of the workspace.
    pub fn inside(mut self, folder: &str) -> Self {
        self.folder = workspace().join(folder);
        self
    }

    /// Prints and runs the step; an error names the command and how it ended.
    pub fn run(self) -> anyhow::Result<()> {
        let shown = std::iter::once(&self.program)
            .chain(&self.arguments)
            .map(|part| part.to_string_lossy().into_owned())
            .collect::<Vec<_>>()
            .join(" ");
        eprintln!("xtask: {shown}");
        let status = Command::new(&self.program)
            .args(&self.arguments)
            .current_dir(&self.folder)
            .envs(self.environment)
            .status()
            .with_context(|| format!("cannot start `{shown}`; is it installed and on the PATH?"))?;
        if !status.success() {
            bail!("`{shown}` failed ({status})");
        }
        Ok(())
    }
}

/// A step of the cargo that runs us.
pub fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Step {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    Step::new(&cargo, arguments)
}

/// The workspace's folder.
pub fn workspace() -> PathBuf {
    let mut folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    folder.pop();
    folder.pop();
    folder
}
