//! Mail as files.

use convenant_server::channel::Outcome;
use convenant_server::spool::Spool;

use crate::Draft;

#[test]
fn a_delivery_that_is_repeated_is_the_same_message_in_the_same_place() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::new(folder.path());
    let first = spool.put(&Draft::usual().mail()).unwrap();
    let bytes = std::fs::read(&first).unwrap();
    let second = spool.put(&Draft::usual().mail()).unwrap();
    assert_eq!(first, second);
    assert_eq!(std::fs::read(&second).unwrap(), bytes);
    let files: Vec<_> = std::fs::read_dir(first.parent().unwrap())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(files.len(), 1, "no temporary file is left: {files:?}");
    let mail = Draft::usual().mail();
    assert_ne!(spool.path_of("utrecht", "andere", mail.at), first);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_tried_later_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bestand");
    std::fs::write(&file, "x").unwrap();
    let outcome = Spool::new(&file).send(&Draft::usual().mail()).await;
    assert!(matches!(outcome, Outcome::Later { .. }), "{outcome:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "x");
}
