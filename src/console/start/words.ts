import { wordBook } from "../words/word-book.ts";

export const startWords = wordBook(
  "start",
  {
    enter: {
      title: "Sign in",
      introduction: "The console of the security server {server}. Whatever is done here stands in its log.",
      withProvider: "Sign in at the identity provider",
      withKey: "Sign in with an API key",
      key: "API key",
      keyHint: "It begins with sealway_.",
      withKeySubmit: "Sign in",
      first: "The first administrator",
      firstHint:
        "Nobody can administer this server yet. The process printed a code when it started; it is good for an hour.",
      code: "Code",
      name: "Name",
      firstSubmit: "Make the administrator",
    },
    first: {
      title: "The administrator is made",
      keep: "This is the administrator's API key. It is shown this once; keep it where secrets are kept.",
      ends: "It ends after seven days: make one of your own before.",
      goOn: "Sign in with it",
    },
    start: { title: "Overview", places: "Where to go" },
  },
  {
    enter: {
      title: "登录",
      introduction: "安全服务器 {server} 的控制台。在此进行的一切操作都会记入其日志。",
      withProvider: "通过身份提供方登录",
      withKey: "使用 API 密钥登录",
      key: "API 密钥",
      keyHint: "以 sealway_ 开头。",
      withKeySubmit: "登录",
      first: "首位管理员",
      firstHint: "此服务器目前没有可用的管理员。进程启动时输出了一个代码，有效期为一小时。",
      code: "代码",
      name: "姓名",
      firstSubmit: "创建管理员",
    },
    first: {
      title: "管理员已创建",
      keep: "这是管理员的 API 密钥，仅显示这一次，请妥善保管。",
      ends: "它将在七天后失效，请在此之前为自己创建新的密钥。",
      goOn: "使用此密钥登录",
    },
    start: { title: "概览", places: "可前往的页面" },
  },
);
