using ClipSharp.Data.Index;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>Finding pictures by captions and captions by pictures.</summary>
internal sealed class CaptionRetrieval : IEvaluationTask
{
    public string Name => "zeroshot_retrieval";

    public TaskResult Measure(TaskData data, CancellationToken cancel)
    {
        var options = data.Options;
        if (options.Template.Count > 1)
        {
            throw new ClipException(ClipError.Usage, "Captions cannot have several templates", "--template",
                $"{options.Template.Count}", "one or none", "Give one, such as \"a photo of {}\".");
        }

        var template = options.Template.Count == 1 ? PromptTemplate.Parse(options.Template[0], "--template") : null;
        // Lines are captions, as CLIP_benchmark has it, and no number depends on the order of a table's rows.
        var index = data.Index(SampleNeed.Caption, captionLines: true).InKeyOrder();
        var pictures = data.EncodePictures(index);
        var (captions, owners) = (new List<string>(), new List<int>());
        for (var picture = 0; picture < pictures.SampleIds.Count; picture++)
        {
            foreach (var caption in index.Captions(pictures.SampleIds[picture]))
            {
                captions.Add(template?.Fill(caption) ?? caption);
                owners.Add(picture);
            }
        }

        var metrics = new RetrievalEvaluator([.. options.RecallK.Distinct()], options.Seed)
            .Evaluate(new RetrievalTask(pictures.Vectors, data.EncodeTexts(captions), owners), cancel);
        return new TaskResult(metrics) { Templates = template is null ? null : [template.Text] };
    }
}
