//! `convenant feed`: makes, lists and revokes the addresses under which a calendar reads somebody's deadlines.
//!
//! Input: a region and an account of a server that runs on this computer. Output: the address, shown this once; the list; what was revoked.

use clap::{Args, Subcommand};
use convenant_server::accounts::is_id;
use convenant_store::RegionKey;
use serde_json::Value;

use crate::Failure;
use crate::args::LISTEN;
use crate::call::{Call, language};
use crate::messages::say;
use crate::output::Output;
use crate::serve::address;

/// `convenant feed`.
#[derive(Debug, Args)]
pub struct FeedArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub act: FeedAct,
    /// Where the server listens.
    #[arg(long, value_name = "ADDR", default_value = LISTEN, global = true)]
    pub listen: String,
}

/// What can be done with the addresses of an account.
#[derive(Debug, Subcommand)]
pub enum FeedAct {
    /// Make one, and show it this once.
    #[command(alias = "maak")]
    Make(Whose),
    /// List them, without their secret.
    #[command(alias = "lijst")]
    List(Whose),
    /// Revoke one for good.
    #[command(alias = "intrekken")]
    Revoke {
        /// Whose.
        #[command(flatten)]
        whose: Whose,
        /// Its id, as `list` gives it.
        #[arg(value_name = "ID", value_parser = hexadecimal)]
        id: String,
    },
}

/// Whose addresses.
#[derive(Debug, Args)]
pub struct Whose {
    /// Key of the region.
    #[arg(value_name = "REGION", value_parser = region)]
    pub region: String,
    /// Id of the account.
    #[arg(value_name = "ACCOUNT", value_parser = account)]
    pub account: String,
}

/// The key of a region.
pub fn region(text: &str) -> Result<String, String> {
    let key = RegionKey::new(text).map_err(|_| text.to_owned())?;
    Ok(key.to_string())
}

/// The id of an account.
pub fn account(text: &str) -> Result<String, String> {
    let id = is_id(text).then(|| text.to_owned());
    id.ok_or_else(|| text.to_owned())
}

fn hexadecimal(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit());
    let id = fits.then(|| text.to_owned());
    id.ok_or_else(|| text.to_owned())
}

/// `convenant feed`.
pub fn run(args: &FeedArgs, out: &mut Output) -> Result<(), Failure> {
    let (method, whose, id) = match &args.act {
        FeedAct::Make(whose) => ("POST", whose, None),
        FeedAct::List(whose) => ("GET", whose, None),
        FeedAct::Revoke { whose, id } => ("DELETE", whose, Some(id)),
    };
    let answer = ask(args, method, whose, id.map(String::as_str), out)?;
    match &args.act {
        FeedAct::Make(_) => {
            out.line(text(&answer, "adres"))?;
            out.line(&say!(out.messages, "feed-made", id = text(&answer, "id")))?;
        }
        FeedAct::List(_) => {
            let feeds = answer.as_array().map(Vec::as_slice).unwrap_or_default();
            if feeds.is_empty() {
                out.line(&say!(out.messages, "feed-none"))?;
            }
            for feed in feeds {
                out.line(&described(feed, out))?;
            }
        }
        FeedAct::Revoke { id, .. } => {
            out.line(&say!(out.messages, "feed-revoked", id = id))?;
        }
    }
    Ok(())
}

fn described(feed: &Value, out: &Output) -> String {
    let (id, made) = (text(feed, "id"), text(feed, "gemaakt"));
    let language = text(feed, "taal");
    match feed.get("ingetrokken").and_then(Value::as_str) {
        None => say!(
            out.messages,
            "feed-one",
            id = id,
            made = made,
            language = language
        ),
        Some(end) => say!(
            out.messages,
            "feed-one-revoked",
            id = id,
            made = made,
            language = language,
            end = end
        ),
    }
}

fn text<'a>(of: &'a Value, key: &str) -> &'a str {
    of.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Asks the server, in the language of the user: the address that is made is written in it.
fn ask(
    args: &FeedArgs,
    method: &str,
    whose: &Whose,
    id: Option<&str>,
    out: &Output,
) -> Result<Value, Failure> {
    let language = language(out);
    let below = id.map(|id| format!("/{id}")).unwrap_or_default();
    let path = format!(
        "/v1/convenanten/{}/agenda{below}?lang={language}",
        whose.region
    );
    let call = Call {
        target: address(&args.listen, &out.messages)?,
        method,
        path: &path,
        account: Some(&whose.account),
        body: None,
    };
    call.answered(&args.listen, out)
}
