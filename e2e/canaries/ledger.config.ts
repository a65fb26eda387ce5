/** Where what was seen of each platform is kept until the end of the suite; absent outside of one. */
export const ledgerFolder = process.env.SIGNALBOX_CANARY_LEDGER;
