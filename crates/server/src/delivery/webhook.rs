//! Webhooks to the systems of a party: one delivery per endpoint that is switched on and wants it.
//!
//! Input: a parcel with what happened. Output: a signed event, handed over. Invariants: the id of the event follows from the parcel's key;
//! an endpoint that was switched off or removed after it was fanned out is told nothing; each host is a lane.

use std::collections::BTreeMap;

use convenant_lang::model::Channel;
use convenant_store::{EndpointId, RegionKey};

use super::{Parcel, Route, Routing, Sender, Sending};
use crate::channel::Outcome;
use crate::channel::endpoints::Endpoints;
use crate::channel::event::{HookEvent, HookKind};
use crate::channel::webhook::{UNKNOWN, UNREADABLE};

/// Events handed over side by side to one host.
const AT_ONCE: usize = 4;

/// Tells endpoints.
pub struct Webhook {
    /// Those of all parties.
    pub endpoints: Endpoints,
}

impl Sender for Webhook {
    fn channel(&self) -> Channel {
        Channel::Webhook
    }

    fn to_parties<'a>(&'a self, region: &'a RegionKey) -> Routing<'a> {
        Box::pin(async move {
            let mut routes: BTreeMap<String, Vec<Route>> = BTreeMap::new();
            for endpoint in self.endpoints.of_region(region).await? {
                if endpoint.is_told() {
                    let route = Route {
                        target: endpoint.id.to_string(),
                        lane: self.endpoints.webhooks().lane(&endpoint),
                    };
                    routes.entry(endpoint.party).or_default().push(route);
                }
            }
            Ok(routes)
        })
    }

    fn at_once(&self, _lane: &str) -> usize {
        AT_ONCE
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(async move {
            let (Some(happening), Ok(id)) =
                (&parcel.happening, parcel.target.parse().map(EndpointId))
            else {
                return Outcome::Refused {
                    reason: UNREADABLE.to_owned(),
                };
            };
            let event = HookEvent {
                id: parcel.key.clone(),
                kind: HookKind::of(happening.cause),
                region: parcel.region.key.to_string(),
                at: parcel.at,
                case: happening.case.clone(),
                about: happening.about.clone(),
                due: happening.due,
                link: happening.link.clone(),
                number: None,
            };
            match self.endpoints.deliver(&parcel.region.key, id, &event).await {
                Ok(outcome) => outcome,
                // How it went could not be kept: the receiver knows the id when it comes again.
                Err(error) => {
                    tracing::warn!(%error, "how a webhook went could not be kept");
                    Outcome::Ambiguous {
                        reason: UNKNOWN.to_owned(),
                    }
                }
            }
        })
    }
}
