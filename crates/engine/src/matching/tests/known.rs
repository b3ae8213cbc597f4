//! Instances with known answers, from `known.txt`.

use super::*;

type Judged = (HomeIndex, RuleSet, Vec<u32>);

#[derive(Default)]
struct Known {
    title: String,
    preferences: usize,
    parties: Vec<Option<PartyTarget>>,
    homes: Vec<Home>,
    caps: Vec<HomeCap>,
    clients: Vec<(Client, Vec<Judged>)>,
    fixed: Vec<(ClientIndex, Option<HomeIndex>)>,
    answer: Vec<Option<HomeIndex>>,
    search: bool,
}

fn home(text: &str) -> Option<HomeIndex> {
    (text != "-").then(|| HomeIndex(text.parse().unwrap()))
}

fn numbers(text: &str) -> Vec<u32> {
    text.split(',')
        .map(|number| number.parse().unwrap())
        .collect()
}

fn pair(text: &str, preferences: usize) -> Judged {
    if let Some((of, rules)) = text.split_once('!') {
        let rules = numbers(rules).into_iter().collect();
        return (home(of).unwrap(), rules, vec![0; preferences]);
    }
    let (of, ranks) = text.split_once('=').unwrap_or((text, ""));
    let ranks = if ranks.is_empty() {
        Vec::new()
    } else {
        numbers(ranks)
    };
    (home(of).unwrap(), RuleSet::NONE, ranks)
}

impl Known {
    fn read(&mut self, line: &str) {
        let (head, tail) = line.split_once(':').unwrap_or((line, ""));
        let words: Vec<&str> = head.split_whitespace().collect();
        let number = |at: usize| words[at].parse::<u32>().unwrap();
        match words[0] {
            "preferences" => self.preferences = words[1].parse().unwrap(),
            "party" if words[1] == "-" => self.parties.push(None),
            "party" => {
                let of = self.parties.len() as u16;
                self.parties
                    .push(party(of, words[1].parse().unwrap(), number(2)));
            }
            "home" => self.homes.push(Home {
                party: words[1].parse().unwrap(),
                places: if words.len() > 2 { number(3) } else { 1 },
            }),
            "cap" => self.caps.push(HomeCap {
                at_most: number(1),
                homes: tail.split_whitespace().filter_map(home).collect(),
            }),
            "client" => {
                let client = Client {
                    waiting: words[1].parse().unwrap(),
                    term_left: (words[2] != "-").then(|| words[2].parse().unwrap()),
                };
                let pairs = tail
                    .split_whitespace()
                    .map(|text| pair(text, self.preferences));
                self.clients.push((client, pairs.collect()));
            }
            "fix" => self.fixed.push((ClientIndex(number(1)), home(words[2]))),
            "answer" => self.answer = tail.split_whitespace().map(home).collect(),
            "search" => self.search = true,
            other => panic!("{other}?"),
        }
    }

    fn problem(&self) -> Problem {
        let (parties, homes) = (self.parties.clone(), self.homes.clone());
        let mut problem =
            Problem::new(self.preferences, parties, homes, self.caps.clone()).unwrap();
        for (client, pairs) in &self.clients {
            let pairs = pairs.iter().map(|(home, broken, ranks)| Pair {
                home: *home,
                broken: *broken,
                ranks,
            });
            problem.add_client(*client, pairs).unwrap();
        }
        for (client, home) in &self.fixed {
            problem.fix(*client, *home).unwrap();
        }
        problem
    }
}

#[test]
fn every_known_answer() {
    let text = include_str!("known.txt");
    let mut all: Vec<Known> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix("== ") {
            let title = title.to_owned();
            all.push(Known {
                title,
                ..Known::default()
            });
        } else if !line.is_empty() && !line.starts_with('#') {
            all.last_mut().unwrap().read(line);
        }
    }
    assert!(all.len() > 20);
    for known in all {
        let found = solve(&known.problem()).unwrap();
        assert_eq!(found.homes, known.answer, "{}", known.title);
        let proof = if known.search {
            Proof::Search
        } else {
            Proof::Prices
        };
        assert_eq!(found.proof, proof, "{}", known.title);
    }
}
