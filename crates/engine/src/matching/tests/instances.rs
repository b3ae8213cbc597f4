//! Random small problems from a seed, with everything that a problem can have.

use super::*;

/// A generator of small numbers (xorshift): the same seed, the same problems.
pub(super) struct Seed(u64);

impl Seed {
    pub fn new(seed: u64) -> Seed {
        Seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

/// What a random problem may have.
#[derive(Clone, Copy, Default)]
pub(super) struct Shape {
    pub clients: u64,
    pub homes: u64,
    /// Homes with more than one place, or none.
    pub places: bool,
    pub caps: bool,
    /// Of many pairs one that is impossible; 0 for never.
    pub impossible: u64,
}

pub(super) fn random(seed: &mut Seed, shape: Shape) -> Problem {
    let parties = 1 + seed.below(3);
    let targets = (0..parties as u16)
        .map(|number| match seed.below(6) {
            0 => None,
            1 => party(number, 0, seed.below(3) as u32),
            _ => party(number, 1 + seed.below(5) as i64, seed.below(4) as u32),
        })
        .collect();
    let homes: Vec<Home> = (0..shape.homes)
        .map(|_| Home {
            party: seed.below(parties) as u16,
            places: if shape.places {
                seed.below(4) as u32
            } else {
                1
            },
        })
        .collect();
    let caps = if shape.caps && shape.homes > 0 {
        (0..seed.below(4)).map(|_| cap(seed, shape.homes)).collect()
    } else {
        Vec::new()
    };
    let preferences = seed.below(3) as usize;
    let steps = 1 + seed.below(4);
    let mut problem = Problem::new(preferences, targets, homes, caps).unwrap();
    for _ in 0..shape.clients {
        let client = Client {
            waiting: seed.below(4) as i64,
            term_left: (!seed.one_in(3)).then(|| seed.below(3) as i64),
        };
        let mut ranks = Vec::new();
        let mut pairs = Vec::new();
        for home in 0..shape.homes {
            let broken = if shape.impossible > 0 && seed.one_in(shape.impossible) {
                RuleSet(seed.below(15) + 1)
            } else {
                RuleSet::NONE
            };
            pairs.push((HomeIndex(home as u32), broken));
            ranks.extend((0..preferences).map(|_| seed.below(steps) as u32));
        }
        let pairs = pairs.iter().enumerate().map(|(at, (home, broken))| Pair {
            home: *home,
            broken: *broken,
            ranks: &ranks[at * preferences..(at + 1) * preferences],
        });
        problem.add_client(client, pairs).unwrap();
    }
    problem
}

fn cap(seed: &mut Seed, homes: u64) -> HomeCap {
    HomeCap {
        at_most: seed.below(3) as u32,
        homes: (0..homes)
            .filter(|_| seed.below(2) == 0)
            .map(|home| HomeIndex(home as u32))
            .collect(),
    }
}
