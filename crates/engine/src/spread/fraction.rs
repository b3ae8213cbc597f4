//! Exact fractions: shares and targets without rounding.
//!
//! Input: whole numbers. Output: reduced fractions with checked arithmetic (none on overflow). Invariants: the denominator is
//! positive, numerator and denominator have no common divisor, and equal values have equal fields.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// An exact fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    /// Nothing.
    pub const ZERO: Fraction = Fraction {
        numerator: 0,
        denominator: 1,
    };

    /// `numerator / denominator`, reduced; none when the denominator is zero or a sign cannot be turned.
    pub fn new(numerator: i128, denominator: i128) -> Option<Fraction> {
        if denominator == 0 {
            return None;
        }
        let divisor =
            i128::try_from(gcd(numerator.unsigned_abs(), denominator.unsigned_abs())).ok()?;
        let (numerator, denominator) = (numerator / divisor, denominator / divisor);
        if denominator < 0 {
            Some(Fraction {
                numerator: numerator.checked_neg()?,
                denominator: denominator.checked_neg()?,
            })
        } else {
            Some(Fraction {
                numerator,
                denominator,
            })
        }
    }

    /// A whole number.
    pub fn whole(number: i64) -> Fraction {
        Fraction {
            numerator: i128::from(number),
            denominator: 1,
        }
    }

    /// Above the line.
    pub fn numerator(self) -> i128 {
        self.numerator
    }

    /// Below the line, positive.
    pub fn denominator(self) -> i128 {
        self.denominator
    }

    /// The sum; none on overflow.
    pub fn plus(self, other: Fraction) -> Option<Fraction> {
        // Over the least common denominator, so that sums of many shares of one whole stay small.
        let divisor = i128::try_from(gcd(
            self.denominator.unsigned_abs(),
            other.denominator.unsigned_abs(),
        ))
        .ok()?;
        let left = self.numerator.checked_mul(other.denominator / divisor)?;
        let right = other.numerator.checked_mul(self.denominator / divisor)?;
        let denominator = self.denominator.checked_mul(other.denominator / divisor)?;
        Fraction::new(left.checked_add(right)?, denominator)
    }

    /// The difference; none on overflow.
    pub fn minus(self, other: Fraction) -> Option<Fraction> {
        self.plus(Fraction {
            numerator: other.numerator.checked_neg()?,
            denominator: other.denominator,
        })
    }

    /// The product; none on overflow.
    pub fn times(self, other: Fraction) -> Option<Fraction> {
        // Across first: each factor of the product is then as small as it can be.
        let one = Fraction::new(self.numerator, other.denominator)?;
        let two = Fraction::new(other.numerator, self.denominator)?;
        Fraction::new(
            one.numerator.checked_mul(two.numerator)?,
            one.denominator.checked_mul(two.denominator)?,
        )
    }

    /// The quotient; none on overflow or division by zero.
    pub fn over(self, other: Fraction) -> Option<Fraction> {
        self.times(Fraction::new(other.denominator, other.numerator)?)
    }

    /// The largest whole number that is not larger.
    pub fn floor(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
    }

    /// What is left above [`Fraction::floor`].
    pub fn remainder(self) -> Fraction {
        Fraction {
            numerator: self.numerator.rem_euclid(self.denominator),
            denominator: self.denominator,
        }
    }

    /// Above zero.
    pub fn is_positive(self) -> bool {
        self.numerator > 0
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = self.numerator.checked_mul(other.denominator);
        let right = other.numerator.checked_mul(self.denominator);
        match (left, right) {
            (Some(left), Some(right)) => left.cmp(&right),
            // Too large to cross-multiply: by continued fractions, which only divide.
            _ => self.floor().cmp(&other.floor()).then_with(|| {
                match (self.remainder(), other.remainder()) {
                    (a, b) if a.numerator == 0 || b.numerator == 0 => a.numerator.cmp(&b.numerator),
                    (a, b) => b.turned().cmp(&a.turned()),
                }
            }),
        }
    }
}

impl Fraction {
    /// Upside down, for a positive fraction.
    fn turned(self) -> Fraction {
        Fraction {
            numerator: self.denominator,
            denominator: self.numerator,
        }
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.denominator == 1 {
            write!(f, "{}", self.numerator)
        } else {
            write!(f, "{}/{}", self.numerator, self.denominator)
        }
    }
}

impl TryFrom<String> for Fraction {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (above, below) = text.split_once('/').unwrap_or((&text, "1"));
        let number = |part: &str| part.parse::<i128>().ok();
        number(above)
            .zip(number(below))
            .and_then(|(above, below)| Fraction::new(above, below))
            .ok_or_else(|| format!("`{text}` is not a fraction; expected a whole number or, as in 149/3, two of them"))
    }
}

impl From<Fraction> for String {
    fn from(fraction: Fraction) -> Self {
        fraction.to_string()
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        // Nearly always both fit in a machine word, where a division is ten times as fast.
        if let (Ok(small_a), Ok(small_b)) = (u64::try_from(a), u64::try_from(b)) {
            return u128::from(gcd_of_words(small_a, small_b));
        }
        (a, b) = (b, a % b);
    }
    a.max(1)
}

fn gcd_of_words(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
