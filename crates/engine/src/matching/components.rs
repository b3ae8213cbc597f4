//! Strongly connected components: which nodes can be reached from each other.
//!
//! Input: a number of nodes and the edges between them. Output: by node the number of its component. Invariant: linear time, and no
//! recursion, so that no network is too deep (Tarjan, 1972).

#![allow(
    clippy::indexing_slicing,
    reason = "every position is a node or an edge of the input and lies within arrays of its size"
)]

const NONE: u32 = u32::MAX;

/// By node the number of its component.
pub(super) fn components(nodes: usize, mut edges: Vec<(u32, u32)>) -> Vec<u32> {
    edges.sort_unstable();
    edges.dedup();
    let mut starts = vec![0_u32; nodes + 1];
    for (from, _) in &edges {
        starts[*from as usize + 1] += 1;
    }
    for node in 0..nodes {
        starts[node + 1] += starts[node];
    }
    let mut visit = Visit {
        edges,
        next: starts[..nodes].to_vec(),
        starts,
        entered: vec![NONE; nodes],
        low: vec![0; nodes],
        component: vec![NONE; nodes],
        open: Vec::new(),
        count: 0,
        found: 0,
    };
    for node in 0..nodes {
        if visit.entered[node] == NONE {
            visit.all_from(node);
        }
    }
    visit.component
}

struct Visit {
    edges: Vec<(u32, u32)>,
    starts: Vec<u32>,
    /// By node the edge that is looked at next.
    next: Vec<u32>,
    /// By node when it was entered, and the earliest node on the path that it leads back to.
    entered: Vec<u32>,
    low: Vec<u32>,
    component: Vec<u32>,
    /// Nodes whose component is not known yet.
    open: Vec<u32>,
    count: u32,
    found: u32,
}

impl Visit {
    fn all_from(&mut self, first: usize) {
        let mut path = vec![first];
        self.enter(first);
        while let Some(node) = path.last().copied() {
            let edge = self.next[node];
            if edge < self.starts[node + 1] {
                self.next[node] += 1;
                let to = self.edges[edge as usize].1 as usize;
                if self.entered[to] == NONE {
                    self.enter(to);
                    path.push(to);
                } else if self.component[to] == NONE {
                    self.low[node] = self.low[node].min(self.entered[to]);
                }
                continue;
            }
            path.pop();
            if let Some(before) = path.last() {
                self.low[*before] = self.low[*before].min(self.low[node]);
            }
            if self.low[node] == self.entered[node] {
                self.close(node);
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.entered[node] = self.count;
        self.low[node] = self.count;
        self.count += 1;
        self.open.push(node as u32);
    }

    fn close(&mut self, root: usize) {
        while let Some(node) = self.open.pop() {
            self.component[node as usize] = self.found;
            if node as usize == root {
                break;
            }
        }
        self.found += 1;
    }
}
