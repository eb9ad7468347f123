/** Facts of the original: fixed at the edge; the customer may ask for less, and BFD finds losses sooner. */
export const EDGE_TIMERS = { keepaliveSeconds: 60, holdSeconds: 180 } as const;
export const EDGE_BFD = { intervalMs: 300, multiplier: 3 } as const;
export const GATEWAY_TIMERS = { keepaliveSeconds: 10, holdSeconds: 30 } as const;
