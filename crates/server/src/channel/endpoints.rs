//! Endpoints at work: entering an address, telling it of an event, and keeping how that went.
//!
//! Input: addresses from a party, events for an endpoint. Output: endpoints; outcomes. Invariants: an address is checked with what its name
//! stands for before it is kept; a receiver is asked whether it wants to be told, and unless it says so, or its party says that this was
//! agreed on, it is told nothing; what is switched off is told nothing but a test; a receiver that says that it is gone, or fails for five days
//! without one success, is switched off with the reason.

use convenant_store::{
    Consent, Endpoint, EndpointChange, EndpointId, EndpointState, Error as StoreError, NewEndpoint,
    RegionKey, Store, Tried,
};
use uuid::Uuid;

use super::Outcome;
use super::event::{HookEvent, HookKind};
use super::guard::Unreachable;
use super::webhook::{GONE, Webhooks, is_ours, not_wanted, switched_off};

/// Why an endpoint is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The address.
    #[error(transparent)]
    Address(#[from] Unreachable),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The endpoints of all parties. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Endpoints {
    store: Store,
    webhooks: Webhooks,
    base_url: String,
}

impl Endpoints {
    /// Over a store; `base_url` is where the pages are, without a slash at the end.
    pub fn new(store: Store, webhooks: Webhooks, base_url: String) -> Endpoints {
        Endpoints {
            store,
            webhooks,
            base_url,
        }
    }

    /// How they are told.
    pub fn webhooks(&self) -> &Webhooks {
        &self.webhooks
    }

    /// Those of a party, under every name that it has had, oldest first.
    pub async fn of_party(
        &self,
        region: &RegionKey,
        names: &[String],
    ) -> Result<Vec<Endpoint>, StoreError> {
        let mut found = self.store.endpoints(region, None).await?;
        found.retain(|endpoint| names.contains(&endpoint.party));
        Ok(found)
    }

    /// Those of all parties of a region, oldest first.
    pub async fn of_region(&self, region: &RegionKey) -> Result<Vec<Endpoint>, StoreError> {
        self.store.endpoints(region, None).await
    }

    /// One of a party, under any name that it has had.
    pub async fn one(
        &self,
        region: &RegionKey,
        names: &[String],
        id: EndpointId,
    ) -> Result<Endpoint, StoreError> {
        let endpoint = self.store.endpoint(region, id).await?;
        if names.contains(&endpoint.party) {
            Ok(endpoint)
        } else {
            Err(StoreError::NoSuchEndpoint)
        }
    }

    /// Makes one.
    pub async fn make(
        &self,
        region: &RegionKey,
        party: &str,
        mut new: NewEndpoint,
    ) -> Result<Endpoint, EndpointError> {
        new.url = self.webhooks.guard().check(&new.url).await?.into();
        let now = self.webhooks.now();
        let made = self.store.make_endpoint(region, party, new, now).await?;
        Ok(self.ask(&made).await?)
    }

    /// Asks the receiver whether it wants to be told anything, and keeps its answer; one that does not answer has not taken its consent back.
    async fn ask(&self, endpoint: &Endpoint) -> Result<Endpoint, StoreError> {
        let consent = match (self.webhooks.ask(endpoint).await, &endpoint.consent) {
            (Ok(consent), _) => consent,
            (Err(_), Consent::Given { .. }) => return Ok(endpoint.clone()),
            (Err(reason), _) => Consent::Withheld { reason },
        };
        let (region, url) = (&endpoint.region, endpoint.url.as_str());
        self.store
            .endpoint_asked(region, endpoint.id, url, consent)
            .await
    }

    /// Changes one; a new address is checked first, and asked.
    pub async fn change(
        &self,
        region: &RegionKey,
        names: &[String],
        id: EndpointId,
        mut change: EndpointChange,
    ) -> Result<Endpoint, EndpointError> {
        let party = self.one(region, names, id).await?.party;
        if let Some(url) = &mut change.url {
            *url = self.webhooks.guard().check(url).await?.into();
        }
        let now = self.webhooks.now();
        let changed = self
            .store
            .change_endpoint(region, &party, id, change, now)
            .await?;
        if changed.consent == Consent::Unasked {
            return Ok(self.ask(&changed).await?);
        }
        Ok(changed)
    }

    /// Removes one.
    pub async fn remove(
        &self,
        region: &RegionKey,
        names: &[String],
        id: EndpointId,
    ) -> Result<(), StoreError> {
        let party = self.one(region, names, id).await?.party;
        self.store.remove_endpoint(region, &party, id).await
    }

    /// One try to tell an endpoint of an event. One that is gone or switched off refuses.
    pub async fn deliver(
        &self,
        region: &RegionKey,
        id: EndpointId,
        event: &HookEvent,
    ) -> Result<Outcome, StoreError> {
        let endpoint = match self.store.endpoint(region, id).await {
            Ok(endpoint) if endpoint.is_told() => endpoint,
            Ok(endpoint) if endpoint.state == EndpointState::On => return Ok(not_wanted()),
            Ok(_) | Err(StoreError::NoSuchEndpoint) => return Ok(switched_off()),
            Err(other) => return Err(other),
        };
        let outcome = self.webhooks.send(&endpoint, event).await;
        match self.keep(&endpoint, &outcome).await {
            // Removed while it was told.
            Ok(()) | Err(StoreError::NoSuchEndpoint) => Ok(outcome),
            Err(other) => Err(other),
        }
    }

    async fn keep(&self, endpoint: &Endpoint, outcome: &Outcome) -> Result<(), StoreError> {
        let tried = match outcome {
            Outcome::Delivered if endpoint.failing_since.is_none() => return Ok(()),
            Outcome::Delivered => Tried::Delivered,
            Outcome::Refused { reason } if reason == GONE => Tried::Gone(reason.clone()),
            Outcome::Refused { reason }
            | Outcome::Later { reason, .. }
            | Outcome::Ambiguous { reason } => {
                if is_ours(reason) {
                    return Ok(());
                }
                Tried::Failed(reason.clone())
            }
        };
        let now = self.webhooks.now();
        let (region, id) = (&endpoint.region, endpoint.id);
        let after = self.store.endpoint_tried(region, id, tried, now).await?;
        if let EndpointState::Off { reason, .. } = &after.state {
            tracing::warn!(%region, %id, reason, "a webhook is switched off");
        }
        Ok(())
    }

    /// Asks the receiver of an endpoint of a party again, and tells it of a test when it wants to be told, also when it is switched off;
    /// what comes of the test changes nothing.
    pub async fn test(
        &self,
        region: &RegionKey,
        names: &[String],
        id: EndpointId,
        about: String,
    ) -> Result<(Endpoint, Outcome), StoreError> {
        let endpoint = self.ask(&self.one(region, names, id).await?).await?;
        if !endpoint.is_wanted() {
            return Ok((endpoint, not_wanted()));
        }
        let event = HookEvent {
            id: format!("proef-{}", Uuid::now_v7()),
            kind: HookKind::Test,
            region: region.to_string(),
            at: self.webhooks.now(),
            case: None,
            about,
            due: None,
            link: format!("{}/{region}", self.base_url),
            number: None,
        };
        let outcome = self.webhooks.send(&endpoint, &event).await;
        Ok((endpoint, outcome))
    }
}
