/** A circuit's whole life by az in each of the four models; all six variants are in the nightly project. */
// Of the operations in docs/coverage.md it
// uses: PUT …/Microsoft.Network/expressRouteCircuits/{}/authorizations/{}
// uses: DELETE …/Microsoft.Network/expressRouteCircuits/{}/authorizations/{}
// uses: DELETE …/Microsoft.Network/expressRouteCircuits/{}/peerings/{}
// uses: GET …/Microsoft.Network/expressRouteCircuits/{}/peerings/{}
// uses: GET …/Microsoft.Network/expressRouteCircuits/{}/stats
// uses: GET …/Microsoft.Network/expressRouteCircuits/{}/peerings/{}/stats
// uses: POST …/Microsoft.Network/expressRouteCircuits/{}/peerings/{}/arpTables/{}
// uses: POST …/Microsoft.Network/expressRouteCircuits/{}/peerings/{}/routeTables/{}
// uses: POST …/Microsoft.Network/expressRouteCircuits/{}/peerings/{}/routeTablesSummary/{}
// uses: PUT …/Microsoft.Network/expressRouteCircuits/{}/peerings/{}/connections/{}
// uses: DELETE …/Microsoft.Network/expressRouteCircuits/{}/peerings/{}/connections/{}
// uses: GET …/Microsoft.Network/expressRouteCircuits/{}/peerings/{}/peerConnections
// uses: PUT …/Microsoft.Network/ExpressRoutePorts/{}
// uses: DELETE …/Microsoft.Network/ExpressRoutePorts/{}
// uses: POST …/Microsoft.Network/expressRoutePorts/{}/generateLoa
// uses: PUT …/Microsoft.Network/routeFilters/{}
// uses: DELETE …/Microsoft.Network/routeFilters/{}
// uses: PUT …/Microsoft.Network/routeFilters/{}/routeFilterRules/{}
// uses: POST …/Microsoft.Network/virtualNetworkGateways/{}/getLearnedRoutes
// uses: POST …/Microsoft.Network/virtualNetworkGateways/{}/getAdvertisedRoutes
import { testLives } from "./az-lives.ts";

testLives({ "exchange-l2": "ethernet", "direct-qinq": "ipvpn" });
