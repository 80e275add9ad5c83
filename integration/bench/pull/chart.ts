import { BarChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { others, ours } from './contender.js';
import { type Results, resultOf, type ScenarioResult, spread } from './results.js';
import { usualBytesPerSecond } from './scenarios.js';

echarts.use([BarChart, GridComponent, MarkLineComponent, SVGRenderer, TitleComponent]);

// All of them can be read on white and on GitHub's dark background, which the transparent picture lies on.
const textColour = '#77808a';
const limitColour = '#d1495b';
const ourColour = '#2f81f7';
const otherColour = '#8d99a6';
const contenders = [ours, ...others] as const;

const columnCount = 3;
const width = 900;
const namesWidth = 112;
const cellWidth = (width - namesWidth) / columnCount;
const barsWidth = cellWidth - 68;
const rowHeight = 150;
const barsTop = 38;
const barsHeight = 88;
const headHeight = 44;

/** Draws the wall times of the scenarios in which all contenders took part; returns the SVG's text. */
export function drawChart(results: Results): string {
  const shown = results.scenarios.filter((scenario) =>
    others.every((name) => resultOf(scenario, name) !== undefined),
  );
  const height = headHeight + Math.ceil(shown.length / columnCount) * rowHeight;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  const cells = shown.map((scenario, index) => drawScenario(scenario, index));
  const { podman, processors } = results.machine;
  const mbits = (usualBytesPerSecond * 8) / 1e6;
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif', color: textColour },
    title: [
      {
        text: `Seconds until every image is there, on a link of ${mbits} Mbit/s or as said; shorter is better`,
        subtext: `red line: what the bandwidth allows · medians · ${podman} · ${processors} processors`,
        textStyle: { fontSize: 14, color: textColour },
        subtextStyle: { fontSize: 12, color: textColour },
        left: namesWidth,
        itemGap: 4,
        padding: 0,
      },
      ...cells.map(({ title }) => title),
    ],
    grid: cells.map(({ grid }) => grid),
    xAxis: cells.map(({ xAxis }) => xAxis),
    yAxis: cells.map(({ yAxis }) => yAxis),
    series: cells.map(({ series }) => series),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function drawScenario(scenario: ScenarioResult, index: number) {
  const column = index % columnCount;
  const left = namesWidth + column * cellWidth;
  const top = headHeight + Math.floor(index / columnCount) * rowHeight;
  const walls = contenders.map((contender) => {
    return { contender, wall: spread(resultOf(scenario, contender), (run) => run.wallMs) };
  });
  const limit = scenario.limitMs / 1000;
  const longest = Math.max(limit, ...walls.map(({ wall }) => (wall?.median ?? 0) / 1000));
  return {
    title: {
      text: scenario.title,
      left,
      top: top + 14,
      padding: 0,
      textStyle: { fontSize: 12, fontWeight: 'bold', color: textColour },
    },
    grid: { left, top: top + barsTop, width: barsWidth, height: barsHeight },
    // The longest bar of each scenario fills its place: scenarios are not for comparison with one another.
    xAxis: { type: 'value', gridIndex: index, min: 0, max: longest, show: false },
    yAxis: {
      type: 'category',
      gridIndex: index,
      inverse: true,
      data: [...contenders],
      axisTick: { show: false },
      axisLine: { lineStyle: { color: textColour } },
      axisLabel: {
        show: column === 0,
        color: textColour,
        fontSize: 12,
        rich: { ours: { color: ourColour, fontWeight: 'bold', fontSize: 12 } },
        formatter: (name: string) => (name === ours ? `{ours|${name}}` : name),
      },
    },
    series: {
      type: 'bar',
      xAxisIndex: index,
      yAxisIndex: index,
      barWidth: '62%',
      data: walls.map(({ contender, wall }) => ({
        value: wall ? wall.median / 1000 : 0,
        itemStyle: { color: contender === ours ? ourColour : otherColour },
        label: {
          show: true,
          position: 'right',
          color: textColour,
          fontSize: 12,
          // Without a bar the words would lie on the line.
          offset: [wall ? 0 : (limit / longest) * barsWidth, 0],
          formatter: wall ? `${decimal(wall.median / 1000)} s` : 'incomplete',
        },
      })),
      markLine: {
        silent: true,
        symbol: 'none',
        label: { show: false },
        lineStyle: { color: limitColour, type: 'solid', width: 2 },
        data: limit > 0 ? [{ xAxis: limit }] : [],
      },
    },
  } as const;
}

function decimal(seconds: number): string {
  return seconds.toFixed(seconds < 10 ? 2 : 1);
}
