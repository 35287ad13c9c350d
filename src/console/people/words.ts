import { wordBook } from "../words/word-book.ts";

export const peopleWords = wordBook(
  "people",
  {
    users: {
      title: "Users",
      list: "Users",
      name: "Name",
      place: "User of",
      roles: "Roles",
      keys: "API keys",
      state: "State",
      enabled: "enabled",
      disabled: "disabled",
      signsIn: "Signs in at the provider",
      make: "Make a user",
      subject: "Personal code at the identity provider",
      subjectHint: "The log keeps a digest of it.",
    },
  },
  {
    users: {
      title: "用户",
      list: "用户",
      name: "姓名",
      place: "所属",
      roles: "角色",
      keys: "API 密钥",
      state: "状态",
      enabled: "已启用",
      disabled: "已停用",
      signsIn: "通过身份提供方登录",
      make: "创建用户",
      subject: "身份提供方的个人代码",
      subjectHint: "日志仅保存其摘要。",
    },
  },
);
