/** A stored resource for tests, of which only what is given matters. */
import type { StoredResource } from "../store/store.ts";

export const row = (id: string, type: string, more: Partial<StoredResource>): StoredResource => ({
  ...{ id, type, name: "x", subscriptionId: "s", resourceGroup: "g", desired: {}, assigned: {} },
  ...{ observed: {}, provisioningState: "Succeeded", etag: "1", generation: 1 },
  ...{ createdAt: "", updatedAt: "", ...more },
});
