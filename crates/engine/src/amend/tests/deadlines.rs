//! Deadlines across the move: none gets earlier unless an exception says so.

use super::*;

#[test]
fn a_shorter_deadline_keeps_its_old_end() {
    let mut story = Story::new(program(NEW));
    story.now = on(date(2018, 12, 20));
    story.exit("Opvang", "zorg", 1);
    story.exit("Loket", "loket", 0);
    let objection = story.case.deadlines.len();
    assert_eq!((story.due(), objection), (date(2019, 1, 31), 2));
    let mut shorter = Story::new(new_with("binnen 8 weken", "binnen 2 weken"));
    (shorter.case, shorter.log) = (story.case.clone(), story.log.clone());
    shorter.now = on(date(2019, 1, 2));
    let number = shorter.case.deadlines[1].id;
    shorter.moves();
    assert_eq!(
        (shorter.step(), shorter.due()),
        ("toets", date(2019, 1, 31))
    );
    assert!(
        shorter.case.deadlines.iter().any(|d| d.id == number),
        "it runs on"
    );

    let excepted = "stap screening -> toets\n  uitzondering \"termijn toets: de raad wil het zo\"";
    let both = NEW
        .replacen("binnen 8 weken", "binnen 2 weken", 1)
        .replacen("stap screening -> toets", excepted, 1);
    shorter = Story::new(program(&both));
    (shorter.case, shorter.log) = (story.case.clone(), story.log.clone());
    shorter.now = on(date(2019, 1, 2));
    shorter.moves();
    assert_eq!(shorter.due(), date(2019, 1, 3), "unless the file says so");
}

#[test]
fn a_longer_deadline_takes_its_new_end() {
    let mut story = Story::new(program(NEW));
    story.now = on(date(2018, 12, 20));
    story.exit("Opvang", "zorg", 1);
    story.exit("Loket", "loket", 0);
    story.now = on(date(2019, 1, 2));
    story.moves();
    assert_eq!(
        story.due(),
        date(2019, 2, 14),
        "eight weeks from 20 December"
    );
}

#[test]
fn time_that_stood_still_stays_out_of_the_count() {
    let mut story = Story::new(program(NEW));
    story.now = on(date(2018, 12, 3));
    story.exit("Opvang", "zorg", 1);
    story.exit("Loket", "loket", 0);
    assert_eq!(story.due(), date(2019, 1, 14));
    story.exit("Loket", "loket", 1);
    story.now = on(date(2018, 12, 14));
    story.exit("Opvang", "zorg", 0);
    assert_eq!(story.due(), date(2019, 1, 24), "ten days stood still");
    story.now = on(date(2019, 1, 2));
    story.moves();
    assert_eq!(story.due(), date(2019, 2, 7), "eight weeks and ten days");
}

#[test]
fn a_suspension_goes_along_and_ends_as_ever() {
    let mut story = Story::new(program(NEW));
    story.now = on(date(2018, 12, 27));
    story.exit("Opvang", "zorg", 1);
    story.exit("Loket", "loket", 0);
    story.exit("Loket", "loket", 1);
    story.now = on(date(2019, 1, 2));
    story.moves();
    assert_eq!(story.step(), "aanvulling");
    assert!(story.case.stopped.is_some() && story.case.detour.is_some());
    story.now = on(date(2019, 1, 7));
    story.exit("Opvang", "zorg", 0);
    assert_eq!(story.step(), "toets");
    let ten_days_later = date(2019, 3, 3);
    assert_eq!(
        story.due(),
        ten_days_later,
        "eight weeks from 27 December, and ten days"
    );
}

#[test]
fn who_is_sent_back_to_the_step_that_waits_finds_it_as_it_was() {
    let gone = NEW
        .replacen(
            "  stap aanvulling {\n    door zorg\n    gereed -> toets\n  }\n",
            "",
            1,
        )
        .replacen(
            "    opschorten tijdens aanvulling, hoogstens 4 weken\n",
            "",
            1,
        )
        .replacen("    handeling vraag door loket -> aanvulling\n", "", 1)
        .replacen("stap screening -> toets", "stap aanvulling -> toets", 1);
    let mut story = Story::new(program(&gone));
    story.now = on(date(2018, 12, 27));
    story.exit("Opvang", "zorg", 1);
    story.exit("Loket", "loket", 0);
    let entered = story.case.entered;
    story.exit("Loket", "loket", 1);
    story.now = on(date(2019, 1, 7));
    story.moves();
    assert_eq!((story.step(), story.case.entered), ("toets", entered));
    assert_eq!(
        (story.case.stopped, story.case.detour.is_none()),
        (None, true)
    );
    assert_eq!(
        story.due(),
        date(2019, 3, 3),
        "eight weeks from 27 December, and ten days"
    );
}

#[test]
fn a_new_duty_does_not_reach_back() {
    let mut story = Story::new(program(NEW));
    story.now = on(date(2019, 1, 2));
    story.moves();
    let visit = story.task("huisbezoek").unwrap();
    assert_eq!(story.deadline(visit).unwrap().due, date(2019, 1, 16));
    let intake = story.task("intake").unwrap();
    assert_eq!(
        story.deadline(intake).unwrap().due,
        date(2018, 11, 15),
        "as it was"
    );
    assert_eq!(story.due(), date(2018, 11, 22), "as it was");
    let whole = story.deadline(DeadlineRef::Case(0)).unwrap();
    assert_eq!(whole.due, date(2019, 10, 31));
}

#[test]
fn what_was_overdue_and_told_is_so_still() {
    let mut story = Story::new(program(NEW));
    story.now = on(date(2018, 11, 19));
    let main = story.deadline(DeadlineRef::Step(StepId(0), 0)).unwrap().id;
    let due = |story: &Story| {
        let all = timers(&story.program, &story.case);
        all.into_iter()
            .find(|(_, at)| *at <= story.now)
            .map(|(key, _)| key)
    };
    for day in [19, 30] {
        story.now = on(date(2018, 11, day));
        while let Some(timer) = due(&story) {
            let fire = Command::Fire { timer };
            let context = story.context();
            let fired = decide(&story.old, &story.case, &Actor::Clock, &fire, &context).unwrap();
            story.take(&fired);
        }
    }
    assert_eq!(story.case.overdue.len(), 2);
    story.now = on(date(2019, 1, 2));
    story.moves();
    assert!(story.case.overdue.contains(&main));
    assert!(due(&story).is_none(), "nothing is told again");
}
