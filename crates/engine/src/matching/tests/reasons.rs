//! Reasons: why this home, why not another one, why none.

use super::*;

const NO_RANKS: &[u32] = &[];

fn pair(home: u32, rules: &[u32]) -> Pair<'static> {
    Pair {
        home: HomeIndex(home),
        broken: rules.iter().copied().collect(),
        ranks: NO_RANKS,
    }
}

fn single(party: u16) -> Home {
    Home { party, places: 1 }
}

fn waits(waiting: i64) -> Client {
    Client {
        waiting,
        term_left: None,
    }
}

#[test]
fn no_home_fits_because_of_the_smallest_set_of_rules() {
    let homes = vec![single(0); 4];
    let mut problem = Problem::new(0, vec![None], homes, Vec::new()).unwrap();
    // Rules 1 and 4 explain all four homes; no single rule does.
    let pairs = [
        pair(0, &[0, 1]),
        pair(1, &[1, 2]),
        pair(2, &[4, 5]),
        pair(3, &[3, 4]),
    ];
    let client = problem.add_client(waits(1), pairs).unwrap();
    let nothing = problem.add_client(waits(1), []).unwrap();
    let found = solve(&problem).unwrap();
    let reasons = Reasons::of(&problem, &found);
    let rules = [1, 4].into_iter().collect();
    assert_eq!(reasons.unserved(client), Some(Unserved::NothingFits(rules)));
    assert_eq!(reasons.unserved(nothing), Some(Unserved::NothingJudged));
    assert_eq!(
        reasons.why_not(client, HomeIndex(2)),
        WhyNot::Broken(RuleSet(0b11_0000))
    );
    assert_eq!(reasons.why_not(nothing, HomeIndex(2)), WhyNot::NotJudged);
}

#[test]
fn of_equally_small_conflicts_the_one_with_the_lowest_rules() {
    let sets = [RuleSet(0b1010), RuleSet(0b0110)];
    assert_eq!(smallest_conflict(sets), Some(RuleSet(0b0010)));
    let sets = [RuleSet(0b1001), RuleSet(0b0110)];
    assert_eq!(smallest_conflict(sets), Some(RuleSet(0b0011)));
    assert_eq!(smallest_conflict([RuleSet(1), RuleSet::NONE]), None);
}

#[test]
fn another_client_has_it() {
    let mut problem = Problem::new(0, vec![None], vec![single(0)], Vec::new()).unwrap();
    let one = problem.add_client(waits(1), [pair(0, &[])]).unwrap();
    let two = problem.add_client(waits(2), [pair(0, &[])]).unwrap();
    let found = solve(&problem).unwrap();
    let reasons = Reasons::of(&problem, &found);
    let taken = vec![(HomeIndex(0), WhyNot::Taken(vec![two]))];
    assert_eq!(reasons.unserved(one), Some(Unserved::OthersFirst(taken)));
    assert_eq!(reasons.unserved(two), None);
    assert_eq!(reasons.why_not(two, HomeIndex(0)), WhyNot::Chosen);
    let instead = consequence(&problem, &found, one, Some(HomeIndex(0))).unwrap();
    assert_eq!(instead.level, Level::Urgency);
    let changes = vec![
        (one, None, Some(HomeIndex(0))),
        (two, Some(HomeIndex(0)), None),
    ];
    assert_eq!(instead.changes, changes);
}

#[test]
fn the_own_home_is_preferred_or_comes_first() {
    let homes = vec![single(0), single(0), single(1), single(0)];
    let parties = vec![party(0, 4, 0), party(1, 4, 2)];
    let mut problem = Problem::new(2, parties, homes, Vec::new()).unwrap();
    let ranks: [&[u32]; 4] = [&[0, 0], &[0, 1], &[0, 0], &[0, 0]];
    let pairs = (0..).map(HomeIndex).zip(ranks);
    let pairs = pairs.map(|(home, ranks)| Pair {
        home,
        broken: RuleSet::NONE,
        ranks,
    });
    let client = problem.add_client(waits(1), pairs).unwrap();
    let found = solve(&problem).unwrap();
    let reasons: Vec<WhyNot> = Reasons::of(&problem, &found)
        .all(client)
        .map(|(_, why)| why)
        .collect();
    let expected = [
        WhyNot::Chosen,
        WhyNot::OwnIsPreferred(1),
        WhyNot::Balance,
        WhyNot::Order,
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn a_cap_is_reached() {
    let cap = HomeCap {
        at_most: 1,
        homes: vec![HomeIndex(0), HomeIndex(1)],
    };
    let homes = vec![
        single(0),
        single(0),
        Home {
            party: 0,
            places: 0,
        },
    ];
    let mut problem = Problem::new(0, vec![None], homes, vec![cap]).unwrap();
    let all = || [pair(0, &[]), pair(1, &[]), pair(2, &[])];
    let one = problem.add_client(waits(1), all()).unwrap();
    let two = problem.add_client(waits(2), all()).unwrap();
    let found = solve(&problem).unwrap();
    let reasons = Reasons::of(&problem, &found);
    let expected = vec![
        (HomeIndex(0), WhyNot::Taken(vec![two])),
        (HomeIndex(1), WhyNot::CapReached(0, vec![two])),
        (HomeIndex(2), WhyNot::NoPlaces),
    ];
    assert_eq!(reasons.unserved(one), Some(Unserved::OthersFirst(expected)));
    // Its own place in the cap would come free.
    assert_eq!(reasons.why_not(two, HomeIndex(1)), WhyNot::Order);
}

#[test]
fn choices_by_hand() {
    let mut problem = Problem::new(0, vec![None], vec![single(0)], Vec::new()).unwrap();
    let one = problem.add_client(waits(1), [pair(0, &[])]).unwrap();
    let two = problem.add_client(waits(2), [pair(0, &[])]).unwrap();
    problem.fix(one, Some(HomeIndex(0))).unwrap();
    let found = solve(&problem).unwrap();
    assert_eq!(found.home(one), Some(HomeIndex(0)));
    problem.fix(two, Some(HomeIndex(0))).unwrap();
    assert_eq!(solve(&problem), Err(MatchingError::ChoicesClash));
    problem.fix(two, None).unwrap();
    let found = solve(&problem).unwrap();
    let reasons = Reasons::of(&problem, &found);
    assert_eq!(reasons.unserved(two), Some(Unserved::ByHand));
    assert_eq!(reasons.why_not(two, HomeIndex(0)), WhyNot::ByHand);
    let unknown = ClientIndex(9);
    assert_eq!(
        problem.fix(unknown, None),
        Err(MatchingError::UnknownClient(unknown))
    );
}

#[test]
fn a_problem_that_cannot_be_stated_is_refused() {
    let stated = |homes: Vec<Home>, caps: Vec<HomeCap>| Problem::new(1, vec![None], homes, caps);
    assert_eq!(
        stated(vec![single(1)], vec![]),
        Err(MatchingError::UnknownParty(1))
    );
    let cap = HomeCap {
        at_most: 1,
        homes: vec![HomeIndex(1)],
    };
    assert_eq!(
        stated(vec![single(0)], vec![cap]),
        Err(MatchingError::UnknownHome(HomeIndex(1)))
    );
    let mut problem = stated(vec![single(0)], vec![]).unwrap();
    let before = problem.clone();
    let ranked = |home: u32, ranks: &'static [u32]| Pair {
        home: HomeIndex(home),
        broken: RuleSet::NONE,
        ranks,
    };
    let client = ClientIndex(0);
    let wrong = [
        (
            vec![ranked(0, &[])],
            MatchingError::Ranks(client, HomeIndex(0)),
        ),
        (
            vec![ranked(7, &[1])],
            MatchingError::UnknownHome(HomeIndex(7)),
        ),
        (
            vec![ranked(0, &[1]), ranked(0, &[2])],
            MatchingError::TwiceTheSameHome(client, HomeIndex(0)),
        ),
    ];
    for (pairs, error) in wrong {
        assert_eq!(problem.add_client(waits(1), pairs), Err(error));
        assert_eq!(problem, before);
    }
}

#[test]
fn a_change_by_hand_is_scored_and_refused_when_it_breaks_a_rule() {
    let mut problem = Problem::new(0, vec![None], vec![single(0)], Vec::new()).unwrap();
    problem.add_client(waits(1), [pair(0, &[])]).unwrap();
    problem.add_client(waits(2), [pair(0, &[5])]).unwrap();
    let home = Some(HomeIndex(0));
    assert_eq!(problem.score(&[home, None]).unwrap().urgency, 2);
    assert_eq!(problem.score(&[None, home]), None);
    assert_eq!(problem.score(&[home, home]), None);
    assert_eq!(problem.score(&[home]), None);
}
