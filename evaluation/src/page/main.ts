// The page of a report: what kind it is stands in its data.
import type { DatasetData } from '../dataset/data';
import type { EvaluationData } from '../report/evaluation';
import type { RunsData } from '../run/data';
import { showDataset } from './dataset/dataset';
import { showEvaluation } from './evaluation/evaluation';
import { showRuns } from './runs/runs';
import './styles.css';

const text = document.querySelector('#data')!.textContent!;
const page = document.querySelector('#page')!;
if (text.trim() === '') {
  page.textContent = 'This page shows reports; there is none in it.';
} else {
  const data = JSON.parse(text) as EvaluationData | DatasetData | RunsData;
  if (data.form === 'evaluation') showEvaluation(page, data);
  else if (data.form === 'dataset') showDataset(page, data);
  else showRuns(page, data);
}
