import { LineChart, type LineSeriesOption } from 'echarts/charts';
import {
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
  TooltipComponent,
  type TooltipComponentOption,
} from 'echarts/components';
import { type ComposeOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { useDark } from '../app/theme.tsx';
import { formatMoment, formatSeconds } from '../parts/format.ts';
import type { DrillHistory } from './drill-data.ts';

use([LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

type Option = ComposeOption<LineSeriesOption | GridComponentOption | LegendComponentOption | TooltipComponentOption>;

const COLOURS = {
  light: { text: '#55606d', line: '#d9dfe5', rta: '#2f6da3', rto: '#a4262c' },
  dark: { text: '#a8b3bd', line: '#3a444e', rta: '#79b4e3', rto: '#f49a9c' },
} as const;

/** The technical RTA of each run, the oldest first, and the RTO that it was held to. */
export function TrendChart({ series }: { readonly series: DrillHistory['series'] }) {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  const colours = COLOURS[useDark() ? 'dark' : 'light'];
  const place = useRef<HTMLDivElement>(null);
  const axis = { axisLine: { lineStyle: { color: colours.line } }, axisLabel: { color: colours.text } };
  const line = (name: string, data: (number | null)[], more: Partial<LineSeriesOption>): LineSeriesOption => ({
    ...{ type: 'line', name, data, connectNulls: true, symbolSize: 7, ...more },
  });
  const option: Option = {
    animation: false,
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    legend: { textStyle: { color: colours.text }, top: 0 },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      valueFormatter: (value) => (typeof value === 'number' ? formatSeconds(value, language) : ''),
    },
    xAxis: { ...axis, type: 'category', data: series.map(({ triggeredAt }) => formatMoment(triggeredAt, language)) },
    yAxis: {
      ...axis,
      type: 'log',
      axisLabel: { color: colours.text, formatter: (value: number) => formatSeconds(value, language) },
      splitLine: { lineStyle: { color: colours.line } },
    },
    series: [
      line(
        t('trend.rta'),
        series.map(({ technicalRtaSeconds }) => technicalRtaSeconds),
        { color: colours.rta },
      ),
      line(
        t('trend.rto'),
        series.map(({ recoverTargetSeconds }) => recoverTargetSeconds),
        { color: colours.rto, step: 'end', symbol: 'rect', symbolSize: 5, lineStyle: { type: 'dashed' } },
      ),
    ],
  };
  useChart(place, option);
  return <div ref={place} className="drill-chart" role="img" aria-label={t('trend.chart')} />;
}

function useChart(place: React.RefObject<HTMLDivElement | null>, option: Option): void {
  useEffect(() => {
    if (!place.current) return undefined;
    const chart = init(place.current);
    chart.setOption(option);
    const sized = new ResizeObserver(() => chart.resize());
    sized.observe(place.current);
    return () => {
      sized.disconnect();
      chart.dispose();
    };
  });
}
