//! Pictures of mails by Chromium, on a narrow and on a wide screen.
//!
//! Input: a folder with `NAME.html`. Output: `NAME-390.png` and `NAME-800.png`, as high as what they show. Invariant: nothing is fetched
//! from elsewhere; without Chromium there are no pictures, and that is no error.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Widths in pixels: a telephone, and a mail program.
pub const WIDTHS: [u32; 2] = [390, 800];

/// The highest picture.
const HIGHEST: u32 = 6_000;

/// Takes the pictures of these pages; gives the names of those that are there, or nothing where there is no Chromium.
pub fn take(folder: &Path, names: &[&str]) -> io::Result<Option<BTreeSet<String>>> {
    let Some(browser) = browser() else {
        return Ok(None);
    };
    let heights = heights(&browser, folder, names)?;
    let all: Vec<_> = names.iter().zip(heights).collect();
    // A browser waits more than it works: one per processor.
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = all.len().div_ceil(workers).max(1);
    let taken = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for some in all.chunks(share) {
            let (browser, taken) = (&browser, &taken);
            scope.spawn(move || {
                for (name, heights) in some {
                    if both(browser, folder, name, *heights) {
                        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
                        taken.insert((**name).to_owned());
                    }
                }
            });
        }
    });
    let taken = taken.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Some(taken))
}

/// Both pictures of one page.
fn both(browser: &Path, folder: &Path, name: &str, heights: [u32; 2]) -> bool {
    let page = folder.join(format!("{name}.html"));
    WIDTHS.iter().zip(heights).all(|(width, height)| {
        let picture = folder.join(format!("{name}-{width}.png"));
        screenshot(browser, &page, &picture, *width, height).is_ok_and(|done| done)
    })
}

/// Chromium, where it is on the PATH.
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| ["chromium", "chromium-browser"].map(|name| folder.join(name)))
        .find(|file| file.is_file())
}

fn quiet(browser: &Path) -> Command {
    let mut command = Command::new(browser);
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
        ])
        .args([
            "--force-device-scale-factor=1",
            "--allow-file-access-from-files",
        ])
        .stderr(Stdio::null())
        .stdin(Stdio::null());
    command
}

/// How high each page is at each width: measured by a page that holds them all in frames.
fn heights(browser: &Path, folder: &Path, names: &[&str]) -> io::Result<Vec<[u32; 2]>> {
    let mut page = String::from("<!doctype html><meta charset=\"utf-8\">");
    for name in names {
        for width in WIDTHS {
            page.push_str(&format!(
                "<iframe src=\"{name}.html\" style=\"border:0;height:100px;width:{width}px\"></iframe>"
            ));
        }
    }
    page.push_str("<script>onload = () => document.body.innerHTML = [...document.querySelectorAll('iframe')].map(f => f.contentDocument.documentElement.scrollHeight).join(' ')</script>");
    let measure = folder.join("meten.html");
    std::fs::write(&measure, page)?;
    let output = quiet(browser).arg("--dump-dom").arg(&measure).output()?;
    std::fs::remove_file(&measure)?;
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let body = dom.rsplit_once("<body>").map_or("", |(_, body)| body);
    let body = body.split_once("</body>").map_or("", |(body, _)| body);
    let mut measured = body.split(' ').map_while(|n| n.trim().parse::<u32>().ok());
    let mut next = || measured.next().unwrap_or(1_000).clamp(100, HIGHEST);
    Ok(names.iter().map(|_| [next(), next()]).collect())
}

fn screenshot(
    browser: &Path,
    page: &Path,
    picture: &Path,
    width: u32,
    height: u32,
) -> io::Result<bool> {
    let status = quiet(browser)
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("--window-size={width},{height}"))
        .arg(page)
        .stdout(Stdio::null())
        .status()?;
    Ok(status.success() && picture.is_file())
}
