export {
  type AnomalyReport,
  type DetectAnomaliesOptions,
  detectAnomalies,
  kindOfSeries,
  type SeriesKind,
  type SeriesRow,
} from './anomaly/detect-anomalies.ts';
export { expectedDelaySeconds } from './anomaly/latency-detector.ts';
export { VitalsMetricReader } from './vitals-metric-reader.ts';
