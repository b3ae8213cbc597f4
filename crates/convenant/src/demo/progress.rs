//! How far the filling is: a bar on a terminal, plain lines otherwise.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Shows how far something is.
pub struct Progress {
    bar: Option<ProgressBar>,
    length: u64,
    said: u64,
}

impl Progress {
    /// Begins; `length` is the whole.
    pub fn new(length: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(length);
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent}% {msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self {
            bar,
            length: length.max(1),
            said: 0,
        }
    }

    /// So far, with what to say about it.
    pub fn at(&mut self, position: u64, text: impl FnOnce() -> String) {
        let tenth = position * 10 / self.length;
        match &self.bar {
            Some(bar) if position > bar.position() => {
                bar.set_position(position);
                bar.set_message(text());
            }
            None if tenth > self.said => {
                self.said = tenth;
                eprintln!("{}% {}", tenth.min(10) * 10, text());
            }
            _ => {}
        }
    }

    /// Done.
    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
