//! A convenant that is ready to run: the model, its days off and its compiled rules.
//!
//! Input: a checked model and the days off. Output: `Program`, compiled once per version and shared by every case that is pinned to it.

use convenant_lang::model::{Convenant, FactId, Scheme, SchemeId, Value};
use jiff::civil::Date;

use crate::Holidays;
use crate::homes::{DayHomes, HomeRules};
use crate::rules::{DayRules, Env, Rules};
use crate::ruling::Ruling;
use crate::spread::{Spread, SpreadError};

/// A compiled convenant.
#[derive(Debug, Clone)]
pub struct Program {
    model: Convenant,
    holidays: Holidays,
    rules: Vec<Rules>,
    spreads: Vec<Option<Spread>>,
    rulings: Vec<Option<Ruling>>,
    homes: Vec<HomeRules>,
}

/// Why a model cannot be compiled. A model that the checker accepted never gives one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompileError {
    /// The model names something that it does not have.
    Dangling {
        /// What, in the words of the language.
        what: &'static str,
    },
    /// The spreading of a scheme cannot be counted.
    Spreading {
        /// The scheme's name.
        scheme: String,
        /// Why.
        cause: SpreadError,
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
            CompileError::Spreading { scheme, cause } => {
                write!(f, "the spreading of `{scheme}` cannot be counted: {cause}")
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
        let kinds: Vec<_> = model.facts.iter().map(|fact| fact.kind.clone()).collect();
        let rules = model
            .schemes
            .iter()
            .map(|scheme| Rules::compile(scheme, &kinds))
            .collect::<Result<_, _>>()?;
        let mut spreads = Vec::new();
        for (index, scheme) in (0..=u16::MAX).zip(&model.schemes) {
            let spread = Spread::compile(&model, SchemeId(index), &holidays);
            spreads.push(spread.map_err(|cause| CompileError::Spreading {
                scheme: scheme.name.clone(),
                cause,
            })?);
        }
        let rulings = model
            .schemes
            .iter()
            .map(|scheme| Ruling::of(&model, scheme))
            .collect();
        let homes = (0..=u16::MAX)
            .zip(&model.schemes)
            .map(|(index, _)| HomeRules::compile(&model, SchemeId(index)))
            .collect::<Result<_, _>>()?;
        Ok(Program {
            homes,
            model,
            holidays,
            rules,
            spreads,
            rulings,
        })
    }

    /// The spreading of a scheme, if it has one.
    pub fn spread(&self, scheme: SchemeId) -> Option<&Spread> {
        self.spreads.get(scheme.index())?.as_ref()
    }

    /// How an objection in a scheme is decided, if one can be made.
    pub(crate) fn ruling(&self, scheme: &Scheme) -> Option<&Ruling> {
        let mut all = self.model.schemes.iter().zip(&self.rulings);
        let (_, found) = all.find(|(own, _)| own.name == scheme.name)?;
        found.as_ref()
    }

    /// The model.
    pub fn model(&self) -> &Convenant {
        &self.model
    }

    /// The compiled criteria of a scheme.
    pub fn rules(&self, scheme: SchemeId) -> Option<&Rules> {
        self.rules.get(scheme.index())
    }

    /// The compiled criteria of a scheme, bound to a day: make it once for all clients of that day.
    pub fn rules_on(&self, scheme: SchemeId, on: Date) -> Option<DayRules<'_>> {
        let rules = self.rules(scheme)?;
        Some(rules.bound(on, self.model.header.month_end, &self.holidays))
    }

    /// The compiled rules of `woningen` for clients of a scheme; without that section every home fits.
    pub fn homes(&self, scheme: SchemeId) -> Option<&HomeRules> {
        self.homes.get(scheme.index())
    }

    /// The same, bound to a day: make it once for all pairs of that day.
    pub fn homes_on(&self, scheme: SchemeId, on: Date) -> Option<DayHomes<'_>> {
        Some(DayHomes::new(self, scheme, self.homes(scheme)?, on))
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
