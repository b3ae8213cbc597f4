//! The peers behind one face: CEL, ZEN and Cedar, each with its conditions compiled beforehand and its facts at hand.

use std::str::FromStr;
use std::sync::Arc;

use anyhow::{anyhow, Result};
use serde_json::Value;

use crate::rules::{self, Record};

/// CEL: twenty programs over one context.
pub struct Cel {
    env: Arc<cel::Env>,
    programs: Vec<cel::Program>,
}

impl Cel {
    pub fn new() -> Result<Self> {
        let env = Arc::new(cel::Env::stdlib());
        let programs = rules::CEL
            .iter()
            .map(|text| env.compile(text).map_err(|e| anyhow!("{e}")))
            .collect::<Result<_>>()?;
        Ok(Cel { env, programs })
    }

    /// The facts as CEL wants them.
    pub fn context(&self, record: &Record) -> Result<cel::Context<'static, 'static>> {
        let mut context = cel::Context::with_env(Arc::clone(&self.env));
        let Value::Object(facts) = serde_json::to_value(record)? else {
            return Err(anyhow!("a record is an object"));
        };
        for (name, value) in facts {
            context.add_variable(name, value).map_err(|e| anyhow!("{e}"))?;
        }
        Ok(context)
    }

    /// A bit for every condition that fails.
    pub fn failed(&self, context: &cel::Context<'_, '_>) -> Result<u32> {
        let mut failed = 0;
        for (n, program) in self.programs.iter().enumerate() {
            match program.execute(context).map_err(|e| anyhow!("{e}"))? {
                cel::Value::Bool(true) => {}
                cel::Value::Bool(false) => failed |= 1 << n,
                other => return Err(anyhow!("condition {n} gave {other:?}")),
            }
        }
        Ok(failed)
    }
}

/// ZEN: twenty compiled expressions, one virtual machine.
pub struct Zen {
    expressions: Vec<zen_expression::Expression<zen_expression::expression::Standard>>,
}

impl Zen {
    pub fn new() -> Result<Self> {
        let expressions = rules::zen()
            .iter()
            .map(|text| zen_expression::compile_expression(text).map_err(|e| anyhow!("{e}")))
            .collect::<Result<_>>()?;
        Ok(Zen { expressions })
    }

    /// The facts as ZEN wants them.
    pub fn context(record: &Record) -> Result<zen_expression::variable::Variable> {
        Ok(serde_json::to_value(record)?.into())
    }

    /// A bit for every condition that fails.
    pub fn failed(
        &self,
        context: &zen_expression::variable::Variable,
        vm: &mut zen_expression::vm::VM,
    ) -> Result<u32> {
        let mut failed = 0;
        for (n, expression) in self.expressions.iter().enumerate() {
            let answer = expression
                .evaluate_with(context.shallow_clone(), vm)
                .map_err(|e| anyhow!("{e}"))?;
            match answer {
                zen_expression::variable::Variable::Bool(true) => {}
                zen_expression::variable::Variable::Bool(false) => failed |= 1 << n,
                other => return Err(anyhow!("condition {n} gave {other:?}")),
            }
        }
        Ok(failed)
    }
}

/// Cedar: one permit, twenty forbids; the answer names the policies that decided.
pub struct Cedar {
    authorizer: cedar_policy::Authorizer,
    policies: cedar_policy::PolicySet,
    entities: cedar_policy::Entities,
    somebody: cedar_policy::EntityUid,
}

impl Cedar {
    pub fn new() -> Result<Self> {
        Ok(Cedar {
            authorizer: cedar_policy::Authorizer::new(),
            policies: cedar_policy::PolicySet::from_str(&rules::cedar())?,
            entities: cedar_policy::Entities::empty(),
            somebody: cedar_policy::EntityUid::from_str("Thing::\"one\"")?,
        })
    }

    /// The facts as Cedar wants them.
    pub fn request(&self, record: &Record) -> Result<cedar_policy::Request> {
        let context = cedar_policy::Context::from_json_value(serde_json::to_value(record)?, None)?;
        Ok(cedar_policy::Request::new(
            self.somebody.clone(),
            self.somebody.clone(),
            self.somebody.clone(),
            context,
            None,
        )?)
    }

    /// A bit for every condition that fails.
    pub fn failed(&self, request: &cedar_policy::Request) -> Result<u32> {
        let response = self
            .authorizer
            .is_authorized(request, &self.policies, &self.entities);
        let mut failed = 0;
        for id in response.diagnostics().reason() {
            let name = self.policies.annotation(id, "id").unwrap_or("permit");
            if let Ok(n) = name.parse::<u32>() {
                failed |= 1 << n;
            }
        }
        Ok(failed)
    }
}
