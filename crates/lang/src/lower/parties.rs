//! The section `partijen`: parties, roles, bodies and consents.
//!
//! Input: its node. Output: the lists of the model. Invariant: all names of the section are declared before a clause is
//! lowered, so that a party can be succeeded by one further down.

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Attribute, Body, BodyId, BodyRule, Central, Consent, ConsentBy, ConsentFor, Filling, Member,
    Meta, Party, PartyId, PartyKind, Role, RoleId, Standing, Succession, Who,
};
use crate::syntax::{Node, Rule};

use super::{Lower, NOBODY, Seen, names::IN_CONDITIONS, read};

impl<'a> Lower<'a> {
    pub(super) fn parties(
        &mut self,
        section: Option<Node<'a>>,
    ) -> (Vec<Party>, Vec<Role>, Vec<Body>, Vec<Consent>) {
        let Some(section) = section else {
            return Default::default();
        };
        let meta = read::meta(&section, &Meta::default());
        let clauses = self.clauses(section, Rule::parties_items);
        self.declare_parties(&clauses);
        let (mut parties, mut roles, mut bodies, mut consents) = (vec![], vec![], vec![], vec![]);
        let mut seen: Vec<(ConsentFor, crate::model::Span)> = Vec::new();
        for clause in clauses {
            match clause.as_rule() {
                Rule::party => parties.push(self.party_clause(clause, &meta)),
                Rule::role => roles.push(self.role_clause(&clause, &meta)),
                Rule::body => bodies.push(self.body_clause(clause, &meta)),
                _ => {
                    let consent = self.consent_clause(&clause, &meta);
                    match seen.iter().find(|(of, _)| *of == consent.of) {
                        Some((_, first)) => {
                            self.duplicate_clause(consent.meta.span, *first, clause.as_str())
                        }
                        None => seen.push((consent.of, consent.meta.span)),
                    }
                    consents.push(consent);
                }
            }
        }
        (parties, roles, bodies, consents)
    }

    fn declare_parties(&mut self, clauses: &[Node<'a>]) {
        let mut parties = std::mem::take(&mut self.names.parties);
        let mut whos = std::mem::take(&mut self.names.whos);
        let (mut roles, mut bodies) = (0, 0);
        for clause in clauses {
            match clause.as_rule() {
                Rule::party => {
                    let id = PartyId(self.next_id(self.kinds.len(), read::span(clause)));
                    let kind = read::child(clause, Rule::kind)
                        .map_or(PartyKind::Organisation, |k| read::kind(k.as_str()));
                    self.kinds.push(kind);
                    if let Some(label) = read::labels(clause).next() {
                        self.declare(&mut parties, &label, id);
                    }
                    for attribute in read::children(clause, Rule::attribute) {
                        if let Some(name) = read::name(&attribute) {
                            self.names
                                .attributes
                                .entry(read::bare(&name))
                                .or_insert(read::span(&name));
                        }
                    }
                }
                Rule::role => {
                    let id = RoleId(self.next_id(roles, read::span(clause)));
                    roles += 1;
                    if let Some(name) = read::name(clause) {
                        self.not_reserved(&name, IN_CONDITIONS);
                        self.declare(&mut whos, &name, Who::Role(id));
                    }
                }
                Rule::body => {
                    let id = BodyId(self.next_id(bodies, read::span(clause)));
                    bodies += 1;
                    if let Some(name) = read::name(clause) {
                        self.not_reserved(&name, IN_CONDITIONS);
                        self.declare(&mut whos, &name, Who::Body(id));
                    }
                }
                _ => {}
            }
        }
        self.names.parties = parties;
        self.names.whos = whos;
    }

    fn party_clause(&mut self, clause: Node<'a>, around: &Meta) -> Party {
        let meta = read::meta(&clause, around);
        let kind = read::child(&clause, Rule::kind)
            .map_or(PartyKind::Organisation, |k| read::kind(k.as_str()));
        let name = read::labels(&clause)
            .next()
            .map(|n| read::string(&n))
            .unwrap_or_default();
        let mut party = Party {
            meta,
            name,
            kind,
            standing: Standing::Signatory,
            from: None,
            until: None,
            signed: None,
            subject_to_approval: None,
            succession: None,
            territory: Vec::new(),
            attributes: Vec::new(),
            central: None,
        };
        let mut seen = Seen::default();
        let mut standing: Option<crate::model::Span> = None;
        for part in self.clauses(clause, Rule::trait_items) {
            match part.as_rule() {
                Rule::kind | Rule::name | Rule::text => {}
                Rule::attribute => self.attribute(&part, &mut party),
                Rule::signatory | Rule::supporter | Rule::withdrawn => {
                    let span = read::span(&part);
                    if let Some(first) = standing {
                        self.report(
                            Diagnostic::new(Code::CONFLICTING_CLAUSES, span)
                                .and(first, "rel-first"),
                        );
                    }
                    standing = Some(span);
                    party.standing = match part.as_rule() {
                        Rule::signatory => Standing::Signatory,
                        Rule::supporter => Standing::Supporter,
                        _ => Standing::Withdrawn(self.dated(&part)),
                    };
                }
                _ if self.first_time(&mut seen, &part) => self.party_trait(&part, &mut party),
                _ => {}
            }
        }
        party
    }

    fn party_trait(&mut self, part: &Node<'a>, party: &mut Party) {
        match part.as_rule() {
            Rule::signed_on => party.signed = self.dated(part),
            Rule::from => party.from = self.dated(part),
            Rule::until => {
                party.until = self.dated(part);
                let Some(label) =
                    read::child(part, Rule::by_party).and_then(|p| read::labels(&p).next())
                else {
                    return;
                };
                let by = self.party(&label);
                let territory = read::child(part, Rule::territories)
                    .map(|t| read::labels(&t).map(|n| read::string(&n)).collect())
                    .unwrap_or_default();
                party.succession = by.zip(party.until).map(|(by, from)| Succession {
                    by,
                    from,
                    territory,
                });
            }
            Rule::territory => {
                party.territory = read::labels(part).map(|n| read::string(&n)).collect()
            }
            Rule::approval => {
                party.subject_to_approval = read::child(part, Rule::text).map(|t| read::string(&t));
            }
            Rule::central => {
                party.central = Some(Central {
                    until: self.dated(part),
                })
            }
            _ => {}
        }
    }

    fn attribute(&mut self, part: &Node<'a>, party: &mut Party) {
        let Some(name) = read::name(part) else { return };
        let (value, on) = (self.counted(part), self.dated(part));
        let meta = read::meta(part, &party.meta);
        let Some(value) = value else { return };
        let attribute = Attribute {
            meta,
            name: read::string(&name),
            value,
            on,
        };
        let same = |a: &&Attribute| a.name == attribute.name && a.on == attribute.on;
        if let Some(first) = party.attributes.iter().find(same) {
            self.duplicate_clause(attribute.meta.span, first.meta.span, part.as_str());
        }
        party.attributes.push(attribute);
    }

    fn role_clause(&mut self, clause: &Node<'a>, around: &Meta) -> Role {
        let filled_by = clause
            .clone()
            .into_inner()
            .find_map(|part| match part.as_rule() {
                Rule::every => Some(Filling::EveryOf(part_kind(&part))),
                Rule::of_case => Some(Filling::OfCase(part_kind(&part))),
                Rule::one_of_parties => Some(Filling::Parties(
                    read::labels(&part)
                        .filter_map(|label| self.party(&label))
                        .collect(),
                )),
                _ => None,
            });
        Role {
            meta: read::meta(clause, around),
            name: read::name(clause)
                .map(|n| read::string(&n))
                .unwrap_or_default(),
            filled_by: filled_by.unwrap_or(Filling::Parties(Vec::new())),
        }
    }

    fn body_clause(&mut self, clause: Node<'a>, around: &Meta) -> Body {
        let whole = read::keyword(&clause);
        let mut body = Body {
            meta: read::meta(&clause, around),
            name: read::name(&clause)
                .map(|n| read::string(&n))
                .unwrap_or_default(),
            word: read::child(&clause, Rule::body_word)
                .map(|w| w.as_str().to_owned())
                .unwrap_or_default(),
            members: Vec::new(),
            rule: BodyRule::Majority,
            advises: false,
        };
        let mut seen = Seen::default();
        for part in self.clauses(clause, Rule::body_items) {
            match part.as_rule() {
                Rule::members if self.first_time(&mut seen, &part) => {
                    body.members = self.members(&part)
                }
                Rule::decides if self.first_time(&mut seen, &part) => {
                    let word = |rule| read::child(&part, rule).map_or("", |w| w.as_str());
                    body.advises = word(Rule::decides_word) == "adviseert";
                    body.rule = match word(Rule::body_rule).split_whitespace().last() {
                        Some("lid") => BodyRule::One,
                        Some("unaniem") => BodyRule::All,
                        _ => BodyRule::Majority,
                    };
                }
                _ => {}
            }
        }
        if !seen.has(Rule::decides) {
            let (word, around) = (body.word.clone(), body.meta.span);
            self.missing_clause(whole, "besluit", &word, around);
        }
        body
    }

    fn members(&mut self, clause: &Node<'a>) -> Vec<Member> {
        let mut members = Vec::new();
        for part in clause.clone().into_inner() {
            match part.as_rule() {
                Rule::every => members.push(Member::EveryOf(part_kind(&part))),
                Rule::name | Rule::text => {
                    let role = self.role_named(read::bare(&part)).map(Member::Role);
                    members.extend(role.or_else(|| self.party(&part).map(Member::Party)));
                }
                _ => {}
            }
        }
        members
    }

    fn consent_clause(&mut self, clause: &Node<'a>, around: &Meta) -> Consent {
        let of = read::child(clause, Rule::consent_for).map_or("", |w| w.as_str());
        let label = read::labels(clause).next();
        let by = match label {
            None => ConsentBy::AllParties,
            Some(label) if label.as_rule() == Rule::text => {
                ConsentBy::Outside(read::string(&label))
            }
            Some(label) => match self.find(|names| &names.whos, Code::UNKNOWN_BODY, &label) {
                Some(Who::Body(body)) => ConsentBy::Body(body),
                Some(Who::Role(_)) => {
                    self.unknown_name(Code::UNKNOWN_BODY, &label, std::iter::empty());
                    ConsentBy::AllParties
                }
                None => ConsentBy::AllParties,
            },
        };
        Consent {
            meta: read::meta(clause, around),
            of: match of {
                "beëindiging" => ConsentFor::Termination,
                "toetreding" => ConsentFor::Joining,
                "uittreding" => ConsentFor::Leaving,
                "verlenging" => ConsentFor::Extension,
                "plafond" => ConsentFor::Ceiling,
                _ => ConsentFor::Amendment,
            },
            by,
            in_writing: read::child(clause, Rule::in_writing).is_some(),
        }
    }

    /// `door WIE`, where exactly one is meant.
    pub(super) fn by(&mut self, clause: &Node<'a>) -> Who {
        read::child(clause, Rule::who).map_or(NOBODY, |who| self.who(&who))
    }
}

fn part_kind(part: &Node<'_>) -> PartyKind {
    read::child(part, Rule::kind).map_or(PartyKind::Organisation, |k| read::kind(k.as_str()))
}
