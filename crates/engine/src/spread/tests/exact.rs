//! Fractions.

use proptest::prelude::*;

use crate::spread::Fraction;

fn fraction(numerator: i128, denominator: i128) -> Fraction {
    Fraction::new(numerator, denominator).unwrap()
}

#[test]
fn fractions_are_reduced_and_their_sign_stands_above() {
    assert_eq!(fraction(6, -4), fraction(-3, 2));
    assert_eq!(
        (fraction(6, -4).numerator(), fraction(6, -4).denominator()),
        (-3, 2)
    );
    assert_eq!(fraction(0, -7), Fraction::ZERO);
    assert_eq!(Fraction::new(1, 0), None);
    assert_eq!(fraction(-3, 2).floor(), -2);
    assert_eq!(fraction(-3, 2).remainder(), fraction(1, 2));
    assert_eq!(fraction(149, 3).to_string(), "149/3");
    assert_eq!(Fraction::whole(-4).to_string(), "-4");
}

#[test]
fn what_does_not_fit_is_none_and_still_compares() {
    let huge = fraction(i128::MAX, 2);
    assert_eq!(huge.plus(huge), None);
    assert_eq!(huge.times(huge), None);
    assert_eq!(
        Fraction::new(i128::MAX, 1)
            .unwrap()
            .plus(Fraction::whole(1)),
        None
    );
    assert_eq!(Fraction::new(i128::MIN, -1), None);
    assert_eq!(Fraction::whole(1).over(Fraction::ZERO), None);
    // Too large to cross-multiply: a/b > (a-1)/(b-1) exactly when a < b.
    let (a, b) = (i128::MAX - 2, i128::MAX);
    assert!(fraction(a, b) > fraction(a - 1, b - 1));
    assert!(fraction(b, a) < fraction(b - 1, a - 1));
    assert!(fraction(-b, a) > fraction(-(b - 1), a - 1));
}

#[test]
fn fractions_travel_as_text() {
    for value in [fraction(149, 3), Fraction::whole(7), fraction(-1, 3)] {
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(text, format!("\"{value}\""));
        assert_eq!(serde_json::from_str::<Fraction>(&text).unwrap(), value);
    }
    for wrong in ["\"1/0\"", "\"een\"", "\"1/2/3\"", "\"\""] {
        assert!(serde_json::from_str::<Fraction>(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn arithmetic_keeps_its_laws(
        a in -999..999_i128, b in 1..999_i128, c in -999..999_i128, d in 1..999_i128,
    ) {
        let (x, y) = (fraction(a, b), fraction(c, d));
        prop_assert_eq!(x.plus(y), y.plus(x));
        prop_assert_eq!(x.plus(y).unwrap().minus(y), Some(x));
        prop_assert_eq!(x.plus(y), Fraction::new(a * d + c * b, b * d));
        prop_assert_eq!(x.times(y), Fraction::new(a * c, b * d));
        if c != 0 {
            prop_assert_eq!(x.over(y).unwrap().times(y), Some(x));
        }
        prop_assert_eq!(x.cmp(&y), (a * d).cmp(&(c * b)));
        let floor = Fraction::new(x.floor(), 1).unwrap();
        prop_assert_eq!(floor.plus(x.remainder()), Some(x));
        prop_assert!(x.remainder() < Fraction::whole(1) && x.remainder() >= Fraction::ZERO);
    }
}
