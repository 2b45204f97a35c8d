import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, GridComponent, LegendComponent, LineChart, SVGRenderer, TooltipComponent]);

/** The part of ECharts that the page draws with. */
export { init } from 'echarts/core';
