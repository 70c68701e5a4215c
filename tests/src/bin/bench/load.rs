//! Streams and clients that run at once, and how fast they were.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::wire::{Peer, Shot};

/// Sends each of `shots` on a connection of its own, `times` times; the seconds
/// from the common start to the last answer's end.
pub async fn streams(peer: &Peer, shots: &[Shot], times: usize) -> f64 {
    let start = Arc::new(Barrier::new(shots.len() + 1));
    let mut running = JoinSet::new();
    for shot in shots {
        let (mut wire, start, shot) = (peer.connect().await, start.clone(), shot.clone());
        running.spawn(async move {
            start.wait().await;
            for _ in 0..times {
                wire.shoot(&shot).await;
            }
        });
    }
    start.wait().await;
    let began = Instant::now();
    running.join_all().await;
    began.elapsed().as_secs_f64()
}

/// Lets each of `clients` send its shots in turn until `time` is over; requests
/// a second together.
pub async fn rate(peer: &Peer, clients: Vec<Vec<Shot>>, time: Duration) -> f64 {
    let start = Arc::new(Barrier::new(clients.len() + 1));
    let mut running = JoinSet::new();
    for shots in clients {
        let (mut wire, start) = (peer.connect().await, start.clone());
        running.spawn(async move {
            start.wait().await;
            let (end, mut sent) = (Instant::now() + time, 0);
            for shot in shots.iter().cycle() {
                wire.shoot(shot).await;
                sent += 1;
                if Instant::now() >= end {
                    break;
                }
            }
            sent
        });
    }
    start.wait().await;
    let began = Instant::now();
    let sent: u64 = running.join_all().await.into_iter().sum();
    sent as f64 / began.elapsed().as_secs_f64()
}
