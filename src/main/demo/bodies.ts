/** Request bodies of the demo, as any ARM client would send them. */
import { BANDWIDTH_MBPS, C_TAG, type Variant } from "./variants.ts";

export type Names = ReturnType<typeof namesOf>;

/** ARM ids of everything that one variant orders. */
export function namesOf({ name }: Variant, subscriptionId: string) {
  const group = `/subscriptions/${subscriptionId}/resourceGroups/demo-${name}`;
  const network = `${group}/providers/Microsoft.Network`;
  return {
    group,
    port: `${network}/ExpressRoutePorts/${name}-ports`,
    circuit: (index: number) => `${network}/expressRouteCircuits/${name}-${index + 1}`,
    peering: (index: number) =>
      `${network}/expressRouteCircuits/${name}-${index + 1}/peerings/AzurePrivatePeering`,
    virtualNetwork: (index: number) => `${network}/virtualNetworks/vnet-${index + 1}`,
    gateway: (index: number) => `${network}/virtualNetworkGateways/gateway-${index + 1}`,
    connection: (index: number) => `${network}/connections/connection-${index + 1}`,
    virtualMachine: (index: number) =>
      `${group}/providers/Microsoft.Compute/virtualMachines/${name}-vm-${index + 1}`,
  };
}

/** Every variant's networks have the same addresses: circuits must keep them apart. */
export function virtualNetwork({ region }: Variant, index: number): object {
  const [ipv4, ipv6] = [`10.${20 + index}`, `fd20:${20 + index}`];
  return {
    location: region,
    properties: {
      addressSpace: { addressPrefixes: [`${ipv4}.0.0/16`, `${ipv6}::/48`] },
      subnets: [
        {
          name: "GatewaySubnet",
          properties: { addressPrefixes: [`${ipv4}.0.0/26`, `${ipv6}::/64`] },
        },
        {
          name: "servers",
          properties: { addressPrefixes: [`${ipv4}.1.0/24`, `${ipv6}:0:1::/64`] },
        },
      ],
    },
  };
}

export function virtualMachine({ region }: Variant, names: Names, index: number): object {
  return {
    location: region,
    properties: { subnet: { id: `${names.virtualNetwork(index)}/subnets/servers` } },
  };
}

/** The gateway that grows with what it is given: what is measured is the way through it, not its limit. */
export function gateway({ region }: Variant, names: Names, index: number): object {
  const subnet = { id: `${names.virtualNetwork(index)}/subnets/GatewaySubnet` };
  return {
    location: region,
    properties: {
      gatewayType: "ExpressRoute",
      sku: { name: "ErGwScale", tier: "ErGwScale" },
      autoScaleConfiguration: { bounds: { min: 2, max: 40 } },
      ipConfigurations: [{ name: "default", properties: { subnet } }],
    },
  };
}

export function ports(
  { location, region, order }: Variant,
  adminState: "Enabled" | "Disabled" = "Enabled",
): object {
  const link = (name: string) => ({ name, properties: { adminState } });
  const encapsulation = order.kind === "direct" ? order.encapsulation : "QinQ";
  return {
    location: region,
    properties: {
      peeringLocation: location,
      bandwidthInGbps: 10,
      encapsulation,
      links: [link("link1"), link("link2")],
    },
  };
}

export function circuit(variant: Variant, names: Names): object {
  const { order, location, region } = variant;
  const sku = { name: "Standard_MeteredData", tier: "Standard", family: "MeteredData" };
  if (order.kind === "direct") {
    return {
      location: region,
      sku,
      properties: { expressRoutePort: { id: names.port }, bandwidthInGbps: 2 },
    };
  }
  return {
    location: region,
    sku,
    properties: {
      serviceProviderProperties: {
        serviceProviderName: order.provider,
        peeringLocation: location,
        bandwidthInMbps: order.bandwidthMbps ?? BANDWIDTH_MBPS,
      },
    },
  };
}

export function provisioned({ order }: Variant): object {
  const handOff = order.kind === "provider" ? order.handOff : undefined;
  return {
    properties: {
      serviceProviderProvisioningState: "Provisioned",
      serviceProviderNotes: "cross-connected by the demo",
      handOff,
    },
  };
}

export function peering({ peeringBy }: Variant, index: number): object {
  const [ipv4, ipv6] = [`192.168.${100 + index}`, `fd64:${index}`];
  return {
    properties: {
      peeringType: "AzurePrivatePeering",
      peerASN: peeringBy === "provider" ? 65020 : 65010,
      vlanId: C_TAG,
      primaryPeerAddressPrefix: `${ipv4}.0/30`,
      secondaryPeerAddressPrefix: `${ipv4}.4/30`,
      sharedKey: "demoKey2026",
      ipv6PeeringConfig: {
        primaryPeerAddressPrefix: `${ipv6}::/126`,
        secondaryPeerAddressPrefix: `${ipv6}::4/126`,
      },
    },
  };
}

export function connection({ region }: Variant, names: Names, index: number): object {
  return {
    location: region,
    properties: {
      connectionType: "ExpressRoute",
      virtualNetworkGateway1: { id: names.gateway(index) },
      peer: { id: names.circuit(index) },
    },
  };
}
