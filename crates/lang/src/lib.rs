//! Text to syntax to typed model, with diagnostics, formatter and editor queries.

pub mod model;
