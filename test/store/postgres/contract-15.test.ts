import { testContract } from "./contract.ts";

await testContract(15);
