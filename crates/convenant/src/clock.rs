//! `convenant clock`: shows or moves the clock of a demo that runs on this computer.
//!
//! Input: the address of the demo and a number of days. Output: the time afterwards, and what happened on the way.

use serde_json::{Value, json};

use crate::Failure;
use crate::args::{Clock, ClockAct};
use crate::call::{Call, Sent, said, unreachable};
use crate::messages::say;
use crate::output::Output;
use crate::serve::address;

/// `convenant clock`.
pub fn run(args: &Clock, out: &mut Output) -> Result<(), Failure> {
    let (method, path, body) = match args.act {
        ClockAct::Show => ("GET", "/v1/klok", None),
        ClockAct::Forward { days, weeks } => {
            let days = days + 7 * weeks;
            if days == 0 {
                return Err(Failure::Use(say!(out.messages, "clock-nothing")));
            }
            ("POST", "/v1/klok/vooruit", Some(json!({ "dagen": days })))
        }
    };
    let target = address(&args.listen, &out.messages)?;
    let call = Call {
        target,
        method,
        path,
        account: None,
        body: body.as_ref().map(Sent::Json),
    };
    let (status, answer) = call
        .answer()
        .map_err(|error| unreachable(&args.listen, &error, "clock-unreachable", out))?;
    if status != 200 {
        return Err(Failure::Use(say!(
            out.messages,
            "clock-refused",
            status = u32::from(status),
            why = said(&answer)
        )));
    }
    let day = answer.get("datum").and_then(Value::as_str);
    let day = day.and_then(crate::values::date);
    let day = day.map_or_else(String::new, |day| crate::words::date(day, &out.messages));
    out.line(&say!(out.messages, "clock-now", date = day))?;
    if let Some(done) = answer.get("gedaan") {
        let count = |key: &str| done.get(key).and_then(Value::as_u64).unwrap_or_default();
        out.line(&say!(
            out.messages,
            "clock-done",
            timers = count("wekkers"),
            digests = count("overzichten"),
            notices = count("meldingen")
        ))?;
    }
    Ok(())
}
