/** What figures for Prometheus need of its client, loaded by those who serve them. */
export { Counter, Gauge, Histogram, Registry } from 'prom-client';
