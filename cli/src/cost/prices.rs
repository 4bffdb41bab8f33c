//! AWS's list prices, from one data file with their date and where they are from.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Failure;

/// The list prices of one region.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// The region that they are of.
    pub region: String,
    /// The month in which they were noted.
    pub date: String,
    /// The pages that prices were looked up on, by the name in [`Price::from`].
    pub looked_up: BTreeMap<String, String>,
    /// The prices by name.
    prices: BTreeMap<String, Price>,
}

/// A price.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// In US dollars.
    pub usd: f64,
    /// What it is for: a million calls, a GB, a month …
    pub per: String,
    /// `memory`, or the name of the page that it was looked up on.
    pub from: String,
}

impl Prices {
    /// The prices that are compiled in.
    pub fn embedded() -> Result<Self, Failure> {
        serde_json::from_str(include_str!("prices.json"))
            .map_err(|error| Failure::unusable(format!("prices.json: {error}")))
    }

    /// A price by its name.
    pub fn get(&self, name: &str) -> Result<&Price, Failure> {
        let missing = || Failure::unusable(format!("prices.json has no price `{name}`"));
        self.prices.get(name).ok_or_else(missing)
    }
}
