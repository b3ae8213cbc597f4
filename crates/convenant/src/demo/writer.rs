//! Appends and changes of homes on their way to the store, many at the same time.
//!
//! Input: what happened, in the order of the story. Output: it is written. Invariants: each stream and each home keeps its own order; what
//! counts on (case numbers, placements, numbers of homes) keeps that of the story.

use std::collections::HashMap;
use std::sync::Arc;

use convenant_engine::Moment;
use convenant_store::{
    Append, Error, HomeActor, HomeId, HomeWrite, NewHome, Payload, RegionKey, Store, StreamId,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinSet;

/// What is on its way at the same time: it shares commits.
const AT_ONCE: usize = 512;

/// What waits for what was sent before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Chain {
    /// The events of a stream.
    Stream(RegionKey, StreamId),
    /// The changes of a home.
    Home(RegionKey, HomeId),
    /// Case numbers and placements of a region.
    Counted(RegionKey),
    /// The numbers of the homes of a region.
    Homes(RegionKey),
}

/// Writes many streams at the same time, each in its own order, and what counts on in the order of the story.
pub struct Writer {
    store: Store,
    room: Arc<Semaphore>,
    tasks: JoinSet<Result<(), Error>>,
    /// The last one of each chain.
    last: HashMap<Chain, oneshot::Receiver<()>>,
}

impl Writer {
    /// Nothing is on its way yet.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            room: Arc::new(Semaphore::new(AT_ONCE)),
            tasks: JoinSet::new(),
            last: HashMap::new(),
        }
    }

    /// Sends an append on its way; waits only when there are too many.
    pub async fn append<P: Payload + Send + 'static>(
        &mut self,
        append: Append<P>,
        counted: bool,
    ) -> Result<(), Error> {
        let region = &append.region;
        let mut chains = vec![Chain::Stream(region.clone(), append.stream)];
        chains.extend(counted.then(|| Chain::Counted(region.clone())));
        let homes = append.homes.iter();
        chains.extend(homes.map(|write| Chain::Home(region.clone(), write.home)));
        let store = self.store.clone();
        self.send(chains, async move { store.append(append).await.map(drop) })
            .await
    }

    /// Sends the report of a home on its way, which gets this number.
    pub async fn report(
        &mut self,
        region: RegionKey,
        number: HomeId,
        home: NewHome,
        by: HomeActor,
        at: Moment,
    ) -> Result<(), Error> {
        let chains = vec![
            Chain::Homes(region.clone()),
            Chain::Home(region.clone(), number),
        ];
        let store = self.store.clone();
        let report = async move {
            let reported = store.report_homes(&region, vec![home], by, at).await?;
            let made = reported.is_ok_and(|reported| reported.made == [number]);
            made.then_some(()).ok_or(Error::Malformed(
                "the homes in the store are not those of the story",
            ))
        };
        self.send(chains, report).await
    }

    /// Sends the change of a home on its way.
    pub async fn change(
        &mut self,
        region: RegionKey,
        write: HomeWrite,
        at: Moment,
    ) -> Result<(), Error> {
        let chains = vec![Chain::Home(region.clone(), write.home)];
        let store = self.store.clone();
        let change = async move { store.change_home(&region, write, at).await.map(drop) };
        self.send(chains, change).await
    }

    /// Sends work on its way behind the last of each of these chains.
    async fn send(
        &mut self,
        chains: Vec<Chain>,
        work: impl Future<Output = Result<(), Error>> + Send + 'static,
    ) -> Result<(), Error> {
        let permit = self
            .room
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Error::Closed)?;
        while let Some(done) = self.tasks.try_join_next() {
            settled(done)?;
        }
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for chain in chains {
            let (done, next) = oneshot::channel();
            before.extend(self.last.insert(chain, next));
            after.push(done);
        }
        self.tasks.spawn(carry_out(work, before, after, permit));
        Ok(())
    }

    /// Waits until everything is written.
    pub async fn finish(mut self) -> Result<(), Error> {
        while let Some(done) = self.tasks.join_next().await {
            settled(done)?;
        }
        Ok(())
    }
}

async fn carry_out(
    work: impl Future<Output = Result<(), Error>>,
    before: Vec<oneshot::Receiver<()>>,
    after: Vec<oneshot::Sender<()>>,
    _permit: OwnedSemaphorePermit,
) -> Result<(), Error> {
    for earlier in before {
        // One that failed leaves its sender behind; its own error is the one that is told.
        earlier.await.map_err(|_| Error::Closed)?;
    }
    work.await?;
    for done in after {
        // Whoever waited for it may be gone because the filling was given up.
        let _ = done.send(());
    }
    Ok(())
}

/// Work that was only waiting for work that failed is not worth telling.
fn settled(done: Result<Result<(), Error>, tokio::task::JoinError>) -> Result<(), Error> {
    match done {
        Ok(result) => result,
        Err(_) => Err(Error::Closed),
    }
}
