//! A convenant that is ready to run: the model, its days off and its compiled rules.
//!
//! Input: a checked model and the days off. Output: `Program`, compiled once per version and shared by every case that is pinned to it.

use convenant_lang::model::{Convenant, FactId, Scheme, SchemeId, Value};
use jiff::civil::Date;

use crate::Holidays;
use crate::rules::Env;

/// A compiled convenant.
#[derive(Debug, Clone)]
pub struct Program {
    model: Convenant,
    holidays: Holidays,
}

/// Why a model cannot be compiled. A model that the checker accepted never gives one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompileError {
    /// The model names something that it does not have.
    Dangling {
        /// What, in the words of the language.
        what: &'static str,
    },
    /// A scheme has more conditions than can be compiled.
    TooManyConditions {
        /// The scheme's name.
        scheme: String,
        /// The most.
        limit: usize,
    },
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CompileError::Dangling { what } => {
                write!(
                    f,
                    "the model names a {what} that it does not have; check the file again"
                )
            }
            CompileError::TooManyConditions { scheme, limit } => write!(
                f,
                "`{scheme}` has more than {limit} conditions; spread them over more schemes"
            ),
        }
    }
}

impl std::error::Error for CompileError {}

impl Program {
    /// Compiles a model.
    pub fn compile(model: Convenant, holidays: Holidays) -> Result<Program, CompileError> {
        Ok(Program { model, holidays })
    }

    /// The model.
    pub fn model(&self) -> &Convenant {
        &self.model
    }

    /// The days off.
    pub fn holidays(&self) -> &Holidays {
        &self.holidays
    }

    /// A scheme.
    pub fn scheme(&self, id: SchemeId) -> Option<&Scheme> {
        self.model.schemes.get(id.index())
    }

    pub(crate) fn env<'a>(
        &'a self,
        on: Date,
        facts: &'a dyn Fn(FactId) -> Option<&'a Value>,
    ) -> Env<'a> {
        Env {
            on,
            month_end: self.model.header.month_end,
            holidays: &self.holidays,
            facts,
        }
    }
}
