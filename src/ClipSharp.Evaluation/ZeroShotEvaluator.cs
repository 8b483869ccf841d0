using ClipSharp.Evaluation.Intervals;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation;

/// <summary>Zero-shot accuracy with CLIP_benchmark's names: <c>acc1</c>, <c>acc5</c> (from 5 classes on) and
/// <c>mean_per_class_recall</c> over the classes that occur. Of equal scores the class of lower index wins; NaN loses. Accuracies
/// have Clopper-Pearson intervals, the mean over classes one by bootstrap over pictures.</summary>
/// <param name="classesPresent">Whether to add <c>acc1_present</c> and <c>acc5_present</c>: the same, choosing only among the
/// classes that occur in the split.</param>
/// <param name="seed">Of the bootstrap.</param>
public sealed class ZeroShotEvaluator(bool classesPresent = false, long seed = 0) : IEvaluator<ZeroShotTask>
{
    private const int TopFew = 5;

    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(ZeroShotTask task, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        Check(task);
        var ranks = OwnRank.Compute(task.Pictures, task.Classifier, task.Labels, cancel);
        var metrics = Accuracies(ranks, task.Classifier.Count, "");
        metrics.Add(MeanPerClassRecall(ranks, task.Labels, task.Classifier.Count, cancel));
        if (classesPresent)
        {
            var present = task.Labels.Distinct().Order().ToArray();
            var labels = task.Labels.Select(label => Array.BinarySearch(present, label)).ToArray();
            metrics.AddRange(Accuracies(OwnRank.Compute(task.Pictures, task.Classifier.Rows(present), labels, cancel),
                present.Length, "_present"));
        }

        return metrics;
    }

    private static void Check(ZeroShotTask task)
    {
        if (task.Labels.Count == 0 || task.Labels.Count != task.Pictures.Count)
        {
            throw new ClipException(ClipError.Data, "Pictures and classes do not fit", "evaluation",
                $"{task.Pictures.Count} pictures and {task.Labels.Count} classes", "a class for each picture, and at least one",
                "Check the data set.");
        }

        foreach (var label in task.Labels)
        {
            if (label < 0 || label >= task.Classifier.Count)
            {
                throw new ClipException(ClipError.Data, "A picture has a class without a name", "evaluation", $"class {label}",
                    $"0 to {task.Classifier.Count - 1}", "Compare the list of class names with the data set.");
            }
        }
    }

    private static List<Metric> Accuracies(int[] ranks, int classes, string suffix)
    {
        var metrics = new List<Metric> { Accuracy("acc1" + suffix, ranks, 1, classes) };
        if (classes >= TopFew)
        {
            metrics.Add(Accuracy("acc5" + suffix, ranks, TopFew, classes));
        }

        return metrics;
    }

    private static Metric Accuracy(string name, int[] ranks, int k, int classes)
    {
        var right = ranks.Count(rank => RetrievalRecall.IsHit(rank, k, classes));
        var (low, high) = ClopperPearson.Interval(right, ranks.Length);
        return new Metric(name, (double)right / ranks.Length, low, high, ranks.Length);
    }

    private Metric MeanPerClassRecall(int[] ranks, IReadOnlyList<int> labels, int classes, CancellationToken cancel)
    {
        var (all, right) = (new int[classes], new int[classes]);
        var once = new int[ranks.Length];
        Array.Fill(once, 1);
        var (low, high) = Bootstrap.Interval(ranks.Length, Mean, seed, cancel);
        return new Metric("mean_per_class_recall", Mean(once), low, high, ranks.Length);

        double Mean(int[] times)
        {
            Array.Clear(all);
            Array.Clear(right);
            for (var picture = 0; picture < times.Length; picture++)
            {
                all[labels[picture]] += times[picture];
                right[labels[picture]] += ranks[picture] == 1 ? times[picture] : 0;
            }

            var (sum, seen) = (0.0, 0);
            for (var c = 0; c < classes; c++)
            {
                if (all[c] > 0)
                {
                    sum += (double)right[c] / all[c];
                    seen++;
                }
            }

            return sum / seen;
        }
    }
}
