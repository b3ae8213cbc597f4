//! Conditions and expressions: precedence, types, units.
//!
//! Input: a `condition` node. Output: a well-typed `Condition`, or none and what is wrong. Invariants: both sides of a
//! comparison have one type; text decides nothing; no tree is deeper than `MOST_DEEP`, so that nobody who walks one needs care.

use std::sync::LazyLock;

use pest::pratt_parser::{Assoc, Op, PrattParser};

use crate::diagnostic::{Code, Diagnostic};
use crate::literal;
use crate::model::{Comparison, Condition, ConditionKind, Expr, FactId, Span, Type, Value};
use crate::syntax::{Node, Rule};

use super::kind::{Kind, kinds};
use super::{Lower, read};

/// How deep a condition may nest.
const MOST_DEEP: usize = 64;

/// From loose to tight, as the reference has it.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(Op::infix(Rule::op_unless, Assoc::Right))
        .op(left(Rule::op_or))
        .op(left(Rule::op_and))
        .op(Op::prefix(Rule::op_not))
        .op(left(Rule::op_eq)
            | left(Rule::op_ne)
            | left(Rule::op_lt)
            | left(Rule::op_le)
            | left(Rule::op_gt)
            | left(Rule::op_ge)
            | left(Rule::op_is)
            | left(Rule::op_is_not))
        .op(left(Rule::op_add) | left(Rule::op_sub))
});

/// Operators and operands, in their order of binding.
enum Tree<'a> {
    Leaf(Node<'a>),
    Not(Span, Box<Tree<'a>>),
    Pair(Box<Tree<'a>>, Rule, Box<Tree<'a>>),
}

/// A part of a condition, with its type.
struct Part<'a> {
    span: Span,
    depth: usize,
    kind: PartKind<'a>,
}

enum PartKind<'a> {
    /// True, false or unknown.
    Condition(ConditionKind),
    /// A value.
    Value(Expr, Kind),
    /// A name or text that may be a fact, an option or a party: what stands opposite decides.
    Word(Node<'a>),
}

impl<'a> Lower<'a> {
    /// The condition among the children of a clause.
    pub(super) fn condition_in(&mut self, clause: &Node<'a>) -> Option<Condition> {
        read::child(clause, Rule::condition).and_then(|node| self.condition(node))
    }

    pub(super) fn condition(&mut self, node: Node<'a>) -> Option<Condition> {
        let span = read::span(&node);
        let condition = self
            .part(node)
            .and_then(|part| self.as_condition(part))
            .map(|(condition, _)| condition);
        if condition.is_none() {
            self.damage.push(span);
        }
        condition
    }

    /// What a `condition` node says: a condition, or a value when it stands between parentheses in a sum.
    fn part(&mut self, node: Node<'a>) -> Option<Part<'a>> {
        let span = read::span(&node);
        let mut nodes = node.clone().into_inner();
        if nodes.len() == 1 {
            let only = nodes.next()?;
            return self.leaf(only);
        }
        if self.chained(&node) {
            return self.too_long(span);
        }
        let tree = PRECEDENCE
            .map_primary(Tree::Leaf)
            .map_prefix(|not, tree| Tree::Not(read::span(&not), Box::new(tree)))
            .map_infix(|a, op, b| Tree::Pair(Box::new(a), op.as_rule(), Box::new(b)))
            .parse(nodes);
        self.tree(tree)
    }

    /// Whether operators that nest follow one another too often to be put in a tree.
    fn chained(&self, node: &Node<'a>) -> bool {
        let (mut run, mut exceptions) = (0, 0);
        for part in node.clone().into_inner() {
            match part.as_rule() {
                Rule::op_not => run += 1,
                rule => {
                    exceptions += usize::from(rule == Rule::op_unless);
                    run = 0;
                }
            }
            if run > MOST_DEEP || exceptions > MOST_DEEP {
                return true;
            }
        }
        false
    }

    fn too_long<T>(&mut self, span: Span) -> Option<T> {
        self.report(Diagnostic::new(Code::CONDITION_TOO_LONG, span).with("most", MOST_DEEP));
        None
    }

    /// The left side of a chain goes as deep as the chain is long, so it is walked, not descended.
    fn tree(&mut self, mut tree: Tree<'a>) -> Option<Part<'a>> {
        let mut chain = Vec::new();
        while let Tree::Pair(left, op, right) = tree {
            chain.push((op, right));
            tree = *left;
        }
        let mut part = match tree {
            Tree::Leaf(node) => self.leaf(node),
            Tree::Not(place, inner) => self.not(place, *inner),
            // The loop above took every pair.
            Tree::Pair(..) => None,
        };
        while let Some((op, right)) = chain.pop() {
            // Both sides are read before either stops it: their mistakes are separate mistakes.
            let right = self.tree(*right);
            part = match (part, right) {
                (Some(left), Some(right)) => {
                    let part = self.pair(left, op, right)?;
                    if part.depth > MOST_DEEP {
                        return self.too_long(part.span);
                    }
                    Some(part)
                }
                _ => None,
            };
        }
        part
    }

    fn not(&mut self, place: Span, inner: Tree<'a>) -> Option<Part<'a>> {
        let inner = self.tree(inner)?;
        let (inner, depth) = self.as_condition(inner)?;
        let span = Span {
            start: place.start,
            end: inner.span.end,
        };
        let kind = PartKind::Condition(ConditionKind::Not(Box::new(inner)));
        if depth == MOST_DEEP {
            self.too_long(span)
        } else {
            Some(Part {
                span,
                depth: depth + 1,
                kind,
            })
        }
    }

    fn pair(&mut self, left: Part<'a>, op: Rule, right: Part<'a>) -> Option<Part<'a>> {
        let span = Span {
            start: left.span.start,
            end: right.span.end,
        };
        let mut depth = left.depth.max(right.depth) + 1;
        let kind = match op {
            Rule::op_and | Rule::op_or | Rule::op_unless => {
                let (left, right) = (self.as_condition(left), self.as_condition(right));
                let ((left, _), (right, _)) = (left?, right?);
                let (condition, joined) = join(left, op, right);
                // A list grows in length, not in depth.
                if joined {
                    depth -= 1;
                }
                PartKind::Condition(condition)
            }
            Rule::op_add | Rule::op_sub => self.sum(left, op, right, span)?,
            _ => PartKind::Condition(self.comparison(left, op, right, span)?),
        };
        Some(Part { span, depth, kind })
    }

    fn leaf(&mut self, node: Node<'a>) -> Option<Part<'a>> {
        let span = read::span(&node);
        let text = node.as_str();
        let value = |value, kind| PartKind::Value(Expr::Value(value), kind);
        let kind = match node.as_rule() {
            Rule::name | Rule::text => PartKind::Word(node),
            Rule::of_home | Rule::of_case => {
                let fact = self.fact(&node)?;
                PartKind::Value(Expr::Fact(fact), self.fact_kind(fact))
            }
            Rule::group => {
                let inner = read::child(&node, Rule::condition)?;
                let part = self.part(inner)?;
                return if part.depth > MOST_DEEP {
                    self.too_long(span)
                } else {
                    Some(Part { span, ..part })
                };
            }
            Rule::number => value(
                Value::Number(self.sound(literal::scaled(text, 4, span))?),
                Kind::Number,
            ),
            Rule::money => value(
                Value::Money(self.sound(literal::money(text, span))?),
                Kind::Money,
            ),
            Rule::percentage => value(
                Value::Percentage(self.sound(literal::percentage(text, span))?),
                Kind::Percentage,
            ),
            Rule::date => value(Value::Date(self.date(&node)?), Kind::Date),
            Rule::duration => value(Value::Duration(self.duration(&node)?), Kind::Duration),
            Rule::today => PartKind::Value(Expr::Today, Kind::Date),
            Rule::age => {
                let fact =
                    self.fact_that(&read::subject(&node)?, |t| *t == Type::Date, "w-date")?;
                PartKind::Value(Expr::Age(fact), Kind::Age)
            }
            Rule::share => return self.share(&node),
            _ => PartKind::Condition(self.test(&node)?),
        };
        Some(Part {
            span,
            depth: 1,
            kind,
        })
    }

    /// `bekend`, `in (…)`, `in de afgelopen …`, `… aaneengesloten`.
    fn test(&mut self, node: &Node<'a>) -> Option<ConditionKind> {
        let name = read::subject(node)?;
        let dated = |kind: &Type| matches!(kind, Type::Date | Type::Periods);
        match node.as_rule() {
            Rule::known => {
                let fact = self.fact(&name)?;
                let known = Condition {
                    span: read::span(node),
                    kind: ConditionKind::Known(fact),
                };
                let unknown = read::child(node, Rule::known_word)
                    .is_some_and(|word| word.as_str() == "onbekend");
                Some(if unknown {
                    ConditionKind::Not(Box::new(known))
                } else {
                    known.kind
                })
            }
            Rule::within_past => {
                let fact = self.fact_that(&name, dated, "w-date-or-periods");
                let window = self.lasting(node);
                Some(ConditionKind::Within(fact?, window?))
            }
            Rule::unbroken => {
                let fact = self.fact_that(&name, |kind| *kind == Type::Periods, "w-periods");
                let durations: Vec<_> = read::children(node, Rule::duration)
                    .map(|duration| self.duration(&duration))
                    .collect();
                let length = durations.first().copied().flatten()?;
                let within = match durations.get(1) {
                    Some(within) => Some((*within)?),
                    None => None,
                };
                Some(ConditionKind::Unbroken {
                    fact: fact?,
                    length,
                    within,
                })
            }
            _ => self.one_of(node, &name),
        }
    }

    fn one_of(&mut self, node: &Node<'a>, name: &Node<'a>) -> Option<ConditionKind> {
        let fact = self.fact(name)?;
        let kind = self.fact_kind(fact);
        self.decides(kind, read::span(name))?;
        let mut values = Vec::new();
        let mut sound = true;
        for constant in node.clone().into_inner().skip(1) {
            let place = read::span(&constant);
            let value = self
                .leaf(constant)
                .and_then(|part| self.opposite(part, kind));
            match value {
                Some(Part {
                    kind: PartKind::Value(Expr::Value(value), found),
                    ..
                }) if self.same(found, kind) => {
                    values.push(value);
                }
                Some(part) => {
                    self.mismatch(kind, &part, place);
                    sound = false;
                }
                None => sound = false,
            }
        }
        sound.then_some(ConditionKind::OneOf(fact, values))
    }

    /// `30% van …`.
    fn share(&mut self, node: &Node<'a>) -> Option<Part<'a>> {
        let span = read::span(node);
        let mut inner = node.clone().into_inner();
        let percentage = inner.next()?;
        let place = read::span(&percentage);
        let percentage = self.sound(literal::percentage(percentage.as_str(), place));
        let of = self.leaf(inner.next()?)?;
        let of = self.resolved(of)?;
        let (depth, place) = (of.depth + 1, of.span);
        let PartKind::Value(of, kind) = of.kind else {
            return self.no_value(place);
        };
        if !matches!(kind, Kind::Number | Kind::Money) {
            return self.bad_sum(span, kind, Kind::Percentage);
        }
        let share = Expr::Share(
            Box::new(Expr::Value(Value::Percentage(percentage?))),
            Box::new(of),
        );
        Some(Part {
            span,
            depth,
            kind: PartKind::Value(share, kind),
        })
    }

    fn sum(
        &mut self,
        left: Part<'a>,
        op: Rule,
        right: Part<'a>,
        span: Span,
    ) -> Option<PartKind<'a>> {
        let (left, right) = (self.resolved(left), self.resolved(right));
        let (left, right) = (left?, right?);
        let (places, (left, right)) = ((left.span, right.span), (left.kind, right.kind));
        let PartKind::Value(left, kind) = left else {
            return self.no_value(places.0);
        };
        let PartKind::Value(right, other) = right else {
            return self.no_value(places.1);
        };
        let result = match (kind, other) {
            (Kind::Number | Kind::Money | Kind::Percentage, _) if kind == other => kind,
            (Kind::Date, Kind::Duration) => Kind::Date,
            _ => return self.bad_sum(span, kind, other),
        };
        let (left, right) = (Box::new(left), Box::new(right));
        let sum = if op == Rule::op_add {
            Expr::Add(left, right)
        } else {
            Expr::Subtract(left, right)
        };
        Some(PartKind::Value(sum, result))
    }

    fn bad_sum<T>(&mut self, span: Span, left: Kind, right: Kind) -> Option<T> {
        let wrong = Diagnostic::new(Code::BAD_ARITHMETIC, span);
        self.report(
            wrong
                .with("left", kinds([left.word()]))
                .with("right", kinds([right.word()])),
        );
        None
    }

    fn no_value<T>(&mut self, span: Span) -> Option<T> {
        self.report(Diagnostic::new(Code::NOT_A_VALUE, span));
        None
    }

    fn comparison(
        &mut self,
        left: Part<'a>,
        op: Rule,
        right: Part<'a>,
        span: Span,
    ) -> Option<ConditionKind> {
        let op = match op {
            Rule::op_eq | Rule::op_is => Comparison::Equal,
            Rule::op_ne | Rule::op_is_not => Comparison::Unequal,
            Rule::op_lt => Comparison::Less,
            Rule::op_le => Comparison::LessOrEqual,
            Rule::op_gt => Comparison::Greater,
            _ => Comparison::GreaterOrEqual,
        };
        // A word is read in the light of what stands opposite: an option or a party beside a fact.
        let (left, right) = if self.is_no_fact(&left) && !self.is_no_fact(&right) {
            let right = self.resolved(right)?;
            let kind = self.kind_of(&right)?;
            self.decides(kind, right.span)?;
            (self.opposite(left, kind)?, right)
        } else {
            let left = self.resolved(left)?;
            let kind = self.kind_of(&left)?;
            self.decides(kind, left.span)?;
            let right = self.opposite(right, kind)?;
            (left, right)
        };
        let (kind, other) = (self.kind_of(&left)?, self.kind_of(&right)?);
        if !self.same(kind, other) {
            self.mismatch(kind, &right, right.span);
            return None;
        }
        let unordered = [Kind::Bool, Kind::Party, Kind::Neighbourhood];
        let ordered = !unordered.contains(&kind) && !matches!(kind, Kind::Choice(_));
        if !ordered && !matches!(op, Comparison::Equal | Comparison::Unequal) {
            self.report(
                Diagnostic::new(Code::NOT_ORDERED, span).with("kind", kinds([kind.word()])),
            );
            return None;
        }
        let (PartKind::Value(left, _), PartKind::Value(right, _)) = (left.kind, right.kind) else {
            return None;
        };
        Some(ConditionKind::Compare(left, op, right))
    }

    /// Whether a part is a word that names no fact.
    fn is_no_fact(&self, part: &Part<'a>) -> bool {
        matches!(&part.kind, PartKind::Word(node) if !self.names.facts.contains_key(read::bare(node)))
    }

    /// A word as a fact; anything else as it is.
    fn resolved(&mut self, part: Part<'a>) -> Option<Part<'a>> {
        let PartKind::Word(node) = &part.kind else {
            return Some(part);
        };
        let kind = match yes_or_no(node.as_str()) {
            Some(value) => PartKind::Value(Expr::Value(value), Kind::Bool),
            None => {
                let fact = self.fact(node)?;
                PartKind::Value(Expr::Fact(fact), self.fact_kind(fact))
            }
        };
        Some(Part { kind, ..part })
    }

    /// A word opposite a value of this kind: an option, a party, yes or no, or else a fact.
    fn opposite(&mut self, part: Part<'a>, kind: Kind) -> Option<Part<'a>> {
        let PartKind::Word(node) = &part.kind else {
            return Some(part);
        };
        let word = read::bare(node);
        let value = match kind {
            Kind::Choice(fact) => {
                let option = self.options.get(&(fact.0, word)).copied();
                if option.is_none() && !self.names.facts.contains_key(word) {
                    let known = match self.types.get(fact.index()) {
                        Some(Type::Choice(options)) => options.clone(),
                        _ => Vec::new(),
                    };
                    self.unknown_name(Code::UNKNOWN_OPTION, node, known.iter().map(String::as_str));
                    return None;
                }
                option.map(Value::Choice)
            }
            Kind::Party
                if self.names.facts.contains_key(word)
                    && !self.names.parties.contains_key(word) =>
            {
                None
            }
            Kind::Party => Some(Value::Party(self.party(node)?)),
            Kind::Neighbourhood if node.as_rule() == Rule::text => Some(Value::Text(word.into())),
            _ => None,
        };
        match value {
            Some(value) => Some(Part {
                kind: PartKind::Value(Expr::Value(value), kind),
                ..part
            }),
            None => self.resolved(part),
        }
    }

    fn kind_of(&mut self, part: &Part<'a>) -> Option<Kind> {
        match part.kind {
            PartKind::Value(_, kind) => Some(kind),
            _ => self.no_value(part.span),
        }
    }

    fn fact_kind(&self, fact: FactId) -> Kind {
        let kind = self.types.get(fact.index());
        kind.map_or(Kind::Text, |kind| Kind::of(kind, fact))
    }

    /// Whether two values can be compared: two choices only with the same options in the same order.
    fn same(&self, a: Kind, b: Kind) -> bool {
        match (a, b) {
            (Kind::Choice(a), Kind::Choice(b)) => {
                self.types.get(a.index()) == self.types.get(b.index())
            }
            // An age is a length of time.
            (Kind::Age, Kind::Duration) | (Kind::Duration, Kind::Age) => true,
            _ => a == b,
        }
    }

    /// Refuses a kind that can decide nothing by itself.
    fn decides(&mut self, kind: Kind, span: Span) -> Option<()> {
        let code = match kind {
            Kind::Text => Code::TEXT_DECIDES,
            Kind::Periods => Code::PERIODS_COMPARED,
            _ => return Some(()),
        };
        self.report(Diagnostic::new(code, span));
        None
    }

    fn mismatch(&mut self, wanted: Kind, found: &Part<'a>, span: Span) {
        let given = match &found.kind {
            PartKind::Value(_, kind) => kind.word(),
            _ => "w-condition",
        };
        let wrong = Diagnostic::new(Code::TYPE_MISMATCH, span);
        self.report(
            wrong
                .with("wanted", kinds([wanted.word()]))
                .with("given", kinds([given])),
        );
    }

    fn as_condition(&mut self, part: Part<'a>) -> Option<(Condition, usize)> {
        let (span, depth) = (part.span, part.depth);
        let kind = match self.resolved(part)?.kind {
            PartKind::Condition(kind) => kind,
            PartKind::Value(Expr::Fact(fact), Kind::Bool) => ConditionKind::Fact(fact),
            PartKind::Value(_, kind) => {
                self.report(
                    Diagnostic::new(Code::NOT_A_CONDITION, span)
                        .with("given", kinds([kind.word()])),
                );
                return None;
            }
            PartKind::Word(_) => return None,
        };
        Some((Condition { span, kind }, depth))
    }
}

fn yes_or_no(word: &str) -> Option<Value> {
    match word {
        "ja" => Some(Value::Bool(true)),
        "nee" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// `a en b en c` is one list of three; says whether the list was there already.
fn join(left: Condition, op: Rule, right: Condition) -> (ConditionKind, bool) {
    match (op, left.kind) {
        (Rule::op_and, ConditionKind::All(mut all)) => {
            all.push(right);
            (ConditionKind::All(all), true)
        }
        (Rule::op_or, ConditionKind::Any(mut any)) => {
            any.push(right);
            (ConditionKind::Any(any), true)
        }
        (op, kind) => {
            let left = Condition {
                span: left.span,
                kind,
            };
            let kind = match op {
                Rule::op_unless => ConditionKind::Unless(Box::new(left), Box::new(right)),
                Rule::op_and => ConditionKind::All(vec![left, right]),
                _ => ConditionKind::Any(vec![left, right]),
            };
            (kind, false)
        }
    }
}
