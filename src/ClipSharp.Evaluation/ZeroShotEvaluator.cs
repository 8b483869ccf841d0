using ClipSharp.Evaluation.Intervals;
using ClipSharp.Retrieval;

namespace ClipSharp.Evaluation;

/// <summary>Zero-shot accuracy with CLIP_benchmark's names: <c>acc1</c>, <c>acc5</c> (not a number below 5 classes)
/// and <c>mean_per_class_recall</c> over the classes that occur. Of classes that score the same each has its share of the places
/// (<see cref="OwnRank"/>). Accuracies have Clopper-Pearson intervals, the mean over classes one by bootstrap over
/// pictures.</summary>
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

    private static List<Metric> Accuracies(OwnRank[] ranks, int classes, string suffix) =>
    [
        Accuracy("acc1" + suffix, ranks, 1),
        classes >= TopFew
            ? Accuracy("acc5" + suffix, ranks, TopFew)
            : new Metric("acc5" + suffix, double.NaN, null, null, ranks.Length),
    ];

    private static Metric Accuracy(string name, OwnRank[] ranks, int k)
    {
        var right = ranks.Sum(rank => rank.ShareAt(k));
        var (low, high) = ClopperPearson.Interval(right, ranks.Length);
        return new Metric(name, right / ranks.Length, low, high, ranks.Length, Ties(ranks, k));
    }

    private static int Ties(OwnRank[] ranks, int k) => ranks.Count(rank => rank.ShareAt(k) is > 0 and < 1);

    private Metric MeanPerClassRecall(OwnRank[] ranks, IReadOnlyList<int> labels, int classes, CancellationToken cancel)
    {
        double[] shares = [.. ranks.Select(rank => rank.ShareAt(1))];
        var (all, right) = (new int[classes], new double[classes]);
        var once = new int[ranks.Length];
        Array.Fill(once, 1);
        var value = Mean(once);
        // As many pictures as would tell a plain share as exactly: all, where the classes have equally many.
        double[] sizes = [.. all.Where(count => count > 0).Select(count => (double)count)];
        var units = sizes.Length * sizes.Length / sizes.Sum(size => 1 / size);
        var (low, high) = Bootstrap.ShareInterval(ranks.Length, Mean, value, units, seed, cancel);
        return new Metric("mean_per_class_recall", value, low, high, ranks.Length, Ties(ranks, 1));

        double Mean(int[] times)
        {
            Array.Clear(all);
            Array.Clear(right);
            for (var picture = 0; picture < times.Length; picture++)
            {
                all[labels[picture]] += times[picture];
                right[labels[picture]] += shares[picture] * times[picture];
            }

            var (sum, seen) = (0.0, 0);
            for (var c = 0; c < classes; c++)
            {
                if (all[c] > 0)
                {
                    sum += right[c] / all[c];
                    seen++;
                }
            }

            return sum / seen;
        }
    }
}
