/**
 * How long the loss of a neighbour goes unnoticed when the link stays up.
 *
 * RFC 5880 §6.8.4 (detection time, asynchronous mode), RFC 4271 §4.2 (negotiated hold time),
 * RFC 5882 (BFD's clients).
 */
import type { BfdTimers } from "../fabric/intent.ts";

/** The slower of the two intervals, times the multiplier of the end that sends. */
export function bfdDetectionMs(local: BfdTimers, remote: BfdTimers): number {
  return Math.max(local.intervalMs, remote.intervalMs) * remote.multiplier;
}

type Timers = { readonly bfd?: BfdTimers; readonly holdSeconds: number };

/** BFD's time where both ends speak it, else the smaller hold time; a hold time of 0 never ends. */
export function detectionMs(local: Timers, remote: Timers): number {
  if (local.bfd && remote.bfd) return bfdDetectionMs(local.bfd, remote.bfd);
  const holdSeconds = Math.min(local.holdSeconds, remote.holdSeconds);
  return holdSeconds === 0 ? Number.POSITIVE_INFINITY : holdSeconds * 1000;
}
