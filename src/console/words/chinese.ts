import type { english } from "./english.ts";
import type { InShapeOf } from "./word-book.ts";

/** Simplified Chinese. */
export const chinese: InShapeOf<typeof english> = {
  language: "简体中文",
  product: "Sealway",
  skip: "跳到正文",
  navigation: "页面",
  languages: "语言",
  signIn: "登录",
  signOut: "退出",
  signedInAs: "当前用户：{name}",
  demonstration: "演示环境：此处内容不具证明效力。",
  done: {
    made: "已创建，并已记入日志。",
    changed: "已更改，并已记入日志。",
    ended: "已终止，并已记入日志。",
    ordered: "已下达，并已记入日志。",
    out: "您已退出。",
  },
  form: { optional: "可留空", reason: "理由", reasonHint: "理由会记入日志。" },
  table: { none: "没有可显示的内容。", next: "下一页", first: "第一页" },
  yes: "是",
  no: "否",
  problem: {
    title: "操作未完成",
    code: "代码：{code}",
    signedOut: "您尚未登录，或登录已失效。",
    other: "打开此页面会以您的名义在日志中留下记录，而您是从其他网站转来的。请确认需要后再打开。",
    goOn: "打开此页面",
    back: "返回首页",
  },
  roles: {
    administrator: "管理员",
    "security-officer": "安全官",
    "registration-officer": "登记官",
    "service-developer": "服务开发者",
    approver: "审批人",
    auditor: "审计员",
    "data-protection-officer": "数据保护官",
    observer: "观察员",
  },
  server: "服务器本身",
};
