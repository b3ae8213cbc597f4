//! `convenant notify preview`: every notification of a file with invented data, as text, HTML, mail and picture.
//!
//! Input: a region's file and the templates beside it. Output: a folder with a page `index.html` that shows them all. Invariant: what is
//! shown is made by the same code that sends it.

mod occasions;
mod pictures;

use std::path::{Path, PathBuf};

use convenant_engine::start_of_day;
use convenant_lang::Lang;
use convenant_lang::model::Convenant;
use convenant_server::channel::letter::{Address, Forms, Letter, Sender, compose, forms};
use convenant_server::letters::Letters;
use convenant_server::spool::slug;
use convenant_server::text::{Language, Texts};
use convenant_server::words::{Words, line_starts};
use jiff::civil::{Date, date};

use crate::args::{Notify, NotifyAct};
use crate::messages::{Messages, say};
use crate::output::Output;
use crate::simulate::entry;
use crate::source::{self, Source};
use crate::{Failure, check, templates};
use occasions::{BASE_URL, Occasion};

/// Where previews go when nobody says otherwise, in a folder per region.
const FOLDER: &str = "data/meldingen";

/// The day of a convenant that does not say when it enters into force.
const SOME_DAY: Date = date(2018, 1, 15);

/// A notification as it was written.
struct Shown {
    name: String,
    subject: String,
}

/// `convenant notify`.
pub fn run(args: &Notify, out: &mut Output) -> Result<(), Failure> {
    let NotifyAct::Preview {
        file,
        notice,
        out: folder,
    } = &args.act;
    let (model, source) = check::demand(file, out)?;
    let letters = letters(&source, &out.messages)?;
    let region = slug(&model.header.region);
    let folder = folder
        .clone()
        .unwrap_or_else(|| Path::new(FOLDER).join(&region));
    let preview = Preview {
        model: &model,
        region: &region,
        letters: &letters,
        texts: Texts::new(),
        language: match out.messages.lang() {
            Lang::Nl => Language::Dutch,
            Lang::En => Language::English,
        },
        folder: &folder,
        today: entry(&model).unwrap_or(SOME_DAY),
    };
    let occasions = preview.occasions(&source, notice.as_deref(), &out.messages)?;
    let unwritable = |error| Failure::Use(source::unwritable(&folder, &error, &out.messages));
    std::fs::create_dir_all(&folder).map_err(unwritable)?;
    let mut shown = Vec::new();
    for occasion in &occasions {
        shown.push(preview.write(occasion, &out.messages)?);
    }
    let names: Vec<&str> = shown.iter().map(|s| s.name.as_str()).collect();
    let pictures = pictures::take(&folder, &names).map_err(unwritable)?;
    match &pictures {
        None => out.note(&say!(out.messages, "notify-no-browser")),
        Some(taken) => {
            for name in names.iter().filter(|name| !taken.contains(**name)) {
                out.note(&say!(out.messages, "notify-no-picture", name = *name));
            }
        }
    }
    let index = preview.index(&shown, pictures.is_some(), &out.messages);
    std::fs::write(folder.join("index.html"), index).map_err(unwritable)?;
    for one in &shown {
        out.line(&format!("{}  {}", one.name, one.subject))?;
    }
    out.note(&say!(
        out.messages,
        "notify-done",
        count = shown.len(),
        folder = folder.join("index.html").display().to_string()
    ));
    Ok(())
}

/// The letters of a file; faults are for `convenant check` to show in place.
fn letters(source: &Source, messages: &Messages) -> Result<Letters, Failure> {
    let templates = templates::read(source, messages).map_err(Failure::Input)?;
    Letters::new(&templates).map_err(|error| {
        let faulty = say!(messages, "notify-faulty", file = source.name.as_str());
        Failure::Input(format!("{error}\n{faulty}"))
    })
}

/// What a preview is made of.
struct Preview<'a> {
    model: &'a Convenant,
    region: &'a str,
    letters: &'a Letters,
    texts: Texts,
    language: Language,
    folder: &'a PathBuf,
    today: Date,
}

impl Preview<'_> {
    fn occasions(
        &self,
        source: &Source,
        wanted: Option<&str>,
        messages: &Messages,
    ) -> Result<Vec<Occasion>, Failure> {
        let lines = line_starts(&String::from_utf8_lossy(&source.bytes));
        let words = Words {
            texts: &self.texts,
            language: self.language,
            model: self.model,
            lines: &lines,
            today: Some(self.today),
        };
        let all = occasions::all(words, self.letters, self.region, self.today);
        let Some(wanted) = wanted else {
            return Ok(all);
        };
        let names: Vec<String> = all.iter().map(|o| o.name.clone()).collect();
        let found: Vec<Occasion> = all
            .into_iter()
            .filter(|o| o.name.contains(wanted))
            .collect();
        if found.is_empty() {
            return Err(Failure::Use(say!(
                messages,
                "notify-none",
                name = wanted,
                names = names.join(", ")
            )));
        }
        Ok(found)
    }

    /// Writes one notification in all its forms.
    fn write(&self, occasion: &Occasion, messages: &Messages) -> Result<Shown, Failure> {
        let wrong = |error: &dyn std::error::Error| Failure::Input(error.to_string());
        let content = &occasion.content;
        let written = self
            .letters
            .render_in(self.language, &occasion.template, content)
            .map_err(|e| wrong(&e))?;
        let why = self.texts.get(
            self.language,
            "inzicht-waarom-rol",
            &[
                ("rol", content.rol.as_str().into()),
                ("partij", content.partij.as_str().into()),
            ],
        );
        let address = |text: &str| text.parse::<Address>().map_err(|e| wrong(&e));
        let sender = Sender {
            address: address("convenant@convenant.example")?,
            name: None,
            reply_to: None,
        };
        let letter = Letter {
            key: &occasion.name,
            thread: (!content.zaaknummer.is_empty()).then_some(content.zaaknummer.as_str()),
            region: self.region,
            region_name: &self.model.header.region,
            convenant: &self.model.header.title,
            to: &address("ontvanger@convenant.example")?,
            name: &content.partij,
            language: self.language,
            urgent: occasion.urgent,
            subject: &written.subject,
            text: &written.text,
            insight: &[why],
            base_url: BASE_URL,
            at: start_of_day(self.today),
        };
        let layout = self.letters.layout();
        let Forms {
            subject,
            text,
            html,
            ..
        } = forms(&letter, &sender, layout, &self.texts).map_err(|e| wrong(&e))?;
        let mail = compose(&letter, &sender, layout, &self.texts).map_err(|e| wrong(&e))?;
        let name = slug(&occasion.name);
        for (kind, bytes) in [
            ("txt", format!("{subject}\n\n{text}").into_bytes()),
            ("html", html.into_bytes()),
            ("eml", mail.message),
        ] {
            let path = self.folder.join(format!("{name}.{kind}"));
            std::fs::write(&path, bytes)
                .map_err(|error| Failure::Use(source::unwritable(&path, &error, messages)))?;
        }
        Ok(Shown { name, subject })
    }

    /// The page that shows them all.
    fn index(&self, shown: &[Shown], pictures: bool, messages: &Messages) -> String {
        let title = escape(&say!(
            messages,
            "notify-title",
            region = self.model.header.region.as_str()
        ));
        let mut page = format!(
            "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n<h1>{title}</h1>\n",
            self.language.tag()
        );
        for one in shown {
            let (name, subject) = (escape(&one.name), escape(&one.subject));
            page.push_str(&format!("<section id=\"{name}\">\n<h2>{subject}</h2>\n<p>"));
            for (kind, id) in [
                ("txt", "notify-as-text"),
                ("html", "notify-as-html"),
                ("eml", "notify-as-mail"),
            ] {
                let words = escape(&messages.text(id, &[]));
                page.push_str(&format!("<a href=\"{name}.{kind}\">{words}</a> "));
            }
            page.push_str("</p>\n");
            for width in pictures::WIDTHS {
                let words = escape(&say!(
                    messages,
                    "notify-picture",
                    name = one.name.as_str(),
                    width = width
                ));
                page.push_str(&if pictures {
                    format!("<img src=\"{name}-{width}.png\" width=\"{width}\" alt=\"{words}\" loading=\"lazy\">\n")
                } else {
                    format!("<iframe src=\"{name}.html\" width=\"{width}\" height=\"700\" title=\"{words}\" loading=\"lazy\"></iframe>\n")
                });
            }
            page.push_str("</section>\n");
        }
        page.push_str("</html>\n");
        page
    }
}

const STYLE: &str = "body { font: 1rem/1.5 sans-serif; margin: 1.5rem; color: #1b2430; background: #fbfaf7; }
section { border-top: 1px solid #c9c5bb; padding: 1rem 0; }
img, iframe { max-width: 100%; height: auto; border: 1px solid #6f7885; margin: 0 1rem 1rem 0; vertical-align: top; }
iframe { height: 44rem; background: #fff; }
";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
