//! The three regions of the program itself, so that it works anywhere; or a folder of the user's own.

use std::collections::BTreeMap;
use std::path::Path;

use convenant_server::regions::{RegionError, RegionFiles, template_name};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../convenants"]
#[include = "*/*.convenant"]
#[include = "*/sjablonen/*.j2"]
struct Embedded;

/// The regions of a folder, or the three of the program itself.
pub fn read(folder: Option<&Path>) -> Result<Vec<RegionFiles>, RegionError> {
    match folder {
        Some(folder) => RegionFiles::read_all(folder),
        None => Ok(embedded()),
    }
}

/// The three regions, by name.
pub fn embedded() -> Vec<RegionFiles> {
    let mut regions: BTreeMap<String, RegionFiles> = BTreeMap::new();
    for path in Embedded::iter() {
        let Some(file) = Embedded::get(&path) else {
            continue;
        };
        let parts: Vec<&str> = path.split('/').collect();
        let key = parts
            .first()
            .map(|part| (*part).to_owned())
            .unwrap_or_default();
        let region = regions.entry(key.clone()).or_insert_with(|| RegionFiles {
            key,
            source: Vec::new(),
            templates: BTreeMap::new(),
        });
        match parts.as_slice() {
            [_, name] if name.ends_with(".convenant") => region.source = file.data.into_owned(),
            [_, "sjablonen", name] => {
                let text = String::from_utf8_lossy(&file.data).into_owned();
                if let Some(name) = template_name(name) {
                    region.templates.insert(name.to_owned(), text);
                }
            }
            _ => {}
        }
    }
    regions.into_values().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_program_holds_the_three_regions_with_their_letters() {
        let regions = embedded();
        let keys: Vec<&str> = regions.iter().map(|region| region.key.as_str()).collect();
        assert_eq!(keys, ["drenthe", "nijmegen", "utrecht"]);
        for region in &regions {
            let checked = convenant_lang::check(&region.source);
            assert!(checked.model.is_some(), "{} has errors", region.key);
            assert!(
                !region.templates.is_empty(),
                "{} has no letters",
                region.key
            );
        }
    }
}
