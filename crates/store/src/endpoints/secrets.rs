//! The secrets that sign what an endpoint is told, and how they follow one another.
//!
//! Input: a rotation or a withdrawal. Output: the keys that sign at a moment. Invariants: the newest signs until it is replaced, an older
//! one until its end; at rest they are sealed under the master key, bound to their endpoint; they cannot be printed.

use std::fmt;

use convenant_engine::Moment;
use serde::{Deserialize, Serialize};

use super::EndpointId;
use crate::sealing::random;
use crate::{Error, MasterKey, RegionKey};

/// Secrets of one endpoint that sign at the same time: the newest and those that it replaced.
const MOST_SECRETS: usize = 3;

/// How long a secret signs along after a newer one was made, in milliseconds: time to put the new one in everywhere.
const OVERLAP: i64 = 24 * 60 * 60 * 1000;

/// What the secrets are sealed as.
const SEALED_AS: &[u8] = b"endpoint secrets";

/// The secrets of an endpoint, newest first. Prints as their number.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointSecrets(Vec<EndpointSecret>);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct EndpointSecret {
    key: [u8; 32],
    /// Milliseconds since 1970; none for the newest.
    until: Option<i64>,
}

impl EndpointSecrets {
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self(vec![EndpointSecret::new()?]))
    }

    /// The keys that sign at this moment, newest first.
    pub fn signing(&self, now: Moment) -> impl Iterator<Item = &[u8; 32]> {
        self.0
            .iter()
            .filter(move |secret| secret.until.is_none_or(|until| now.0 < until))
            .map(|secret| &secret.key)
    }

    /// The newest one: shown once, when it is made.
    pub fn newest(&self) -> Option<&[u8; 32]> {
        self.0.first().map(|secret| &secret.key)
    }

    /// Until when the last of the older ones signs along, at this moment.
    pub fn older_until(&self, now: Moment) -> Option<Moment> {
        let ends = self.0.iter().filter_map(|secret| secret.until);
        ends.filter(|until| now.0 < *until).max().map(Moment)
    }

    pub(super) fn rotate(&mut self, now: Moment) -> Result<(), Error> {
        self.0
            .retain(|secret| secret.until.is_none_or(|until| now.0 < until));
        for secret in &mut self.0 {
            let end = now.0.saturating_add(OVERLAP);
            secret.until = Some(secret.until.map_or(end, |until| until.min(end)));
        }
        self.0.insert(0, EndpointSecret::new()?);
        self.0.truncate(MOST_SECRETS);
        Ok(())
    }

    pub(super) fn withdraw_older(&mut self) {
        self.0.truncate(1);
    }

    pub(super) fn seal(
        &self,
        master: &MasterKey,
        region: &RegionKey,
        id: EndpointId,
    ) -> Result<Vec<u8>, Error> {
        master.seal(SEALED_AS, region, id.0, &serde_json::to_vec(&self.0)?)
    }

    pub(super) fn unseal(
        master: &MasterKey,
        region: &RegionKey,
        id: EndpointId,
        sealed: &[u8],
    ) -> Result<Self, Error> {
        let clear = master
            .unseal(SEALED_AS, region, id.0, sealed)
            .ok_or_else(|| Error::damaged("the secrets of an endpoint do not open"))?;
        Ok(Self(serde_json::from_slice(&clear)?))
    }
}

impl EndpointSecret {
    fn new() -> Result<Self, Error> {
        Ok(Self {
            key: random()?,
            until: None,
        })
    }
}

impl fmt::Debug for EndpointSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EndpointSecrets({})", self.0.len())
    }
}
