//! The codes of diagnostics: C01xx text and limits, C02xx grammar, C03xx names, C04xx values and types,
//! C05xx the agreement as a whole, C06xx warnings.
//!
//! Invariants: a number is given once and never again for something else; every code has a message in both languages,
//! a page `grammar/<code>.md` and a file in `tests/bad` that produces it.

use std::fmt;

use super::Severity;

/// A diagnostic's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u16);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        impl Code {
            $($(#[$doc])* pub const $name: Code = Code($number);)*
            /// Every code, in order.
            pub const ALL: &[Code] = &[$(Code::$name),*];
        }
    };
}

codes! {
    /// The file is larger than 1 MiB.
    TOO_LARGE = 101;
}

impl Code {
    /// Whether it stops the file or asks for attention: C06xx are warnings.
    pub fn severity(self) -> Severity {
        if self.0 >= 600 {
            Severity::Warning
        } else {
            Severity::Error
        }
    }

    /// The page that explains it, from the root of the repository.
    pub fn page(self) -> String {
        format!("grammar/{self}.md")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C{:04}", self.0)
    }
}
