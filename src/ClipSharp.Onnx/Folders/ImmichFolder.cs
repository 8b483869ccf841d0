using ClipSharp.Files;
using ClipSharp.Hub;
using ClipSharp.Models;
using ClipSharp.Models.Layouts;

namespace ClipSharp.Onnx.Folders;

/// <summary>A model as immich exports it: open_clip's configuration in <c>config.json</c>, <c>visual/model.onnx</c> with
/// <c>preprocess_cfg.json</c>, <c>textual/model.onnx</c> with the tokenizer's files.</summary>
internal static class ImmichFolder
{
    private const string Visual = "visual", Textual = "textual";
    private const string Config = "config.json", Preprocess = "preprocess_cfg.json";

    /// <summary>The graphs of a path; null where it is no such folder.</summary>
    public static GraphFiles? Find(string path)
    {
        var (image, text) = (Path.Combine(path, Visual, GraphNames.Joint), Path.Combine(path, Textual, GraphNames.Joint));
        return File.Exists(image) && File.Exists(text) ? new GraphFiles(path, image, text) : null;
    }

    /// <summary>What the files beside the graphs say; null where they are no folder of immich's.</summary>
    /// <exception cref="ClipException">One is unfit.</exception>
    public static ModelSource? Describe(GraphFiles files)
    {
        var preprocess = Path.Combine(files.Folder, Visual, Preprocess);
        if (Path.GetFileName(Path.GetDirectoryName(files.Image)) != Visual || !File.Exists(preprocess))
        {
            return null;
        }

        var model = ModelConfig.Read(Path.Combine(files.Folder, Config));
        var pictures = JsonFile.Read(preprocess, ConfigJson.Default.PreprocessConfig);
        var folder = new FolderConfig { Model = model, Preprocess = pictures }.Validated(files.Folder);
        return new ModelSource
        {
            Layout = "immich",
            Path = files.Folder,
            Folder = Path.Combine(files.Folder, Textual),
            Config = folder.Model,
            Preprocess = folder.Preprocess,
            Weights = [],
        };
    }
}
